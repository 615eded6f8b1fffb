package org.cotangent.backend;

import java.util.List;
import org.cotangent.error.NumericException;
import org.cotangent.graph.Origin;
import org.cotangent.type.Shape;

/**
 * One step of a program, in terms that every backend can generate code for. Outputs never overlap
 * inputs, except that an output of a {@link LoopKernel}, or of a {@link ContractionKernel}, may be
 * exactly the memory of an input, or of a further input, with the same layout: then the element at
 * an index is read before it is written, and by nobody else.
 */
public sealed interface Kernel
    permits LoopKernel, ReduceKernel, ContractionKernel, IndexKernel, OpKernel {
  /** {@return what the kernel computes, for dumps and profiles: names of its ops} */
  String label();

  /** {@return the op and line of the user that the kernel goes back to} */
  Origin origin();

  /** {@return what is read} */
  List<Operand> inputs();

  /** {@return what is written} */
  List<Operand> outputs();

  /**
   * {@return the error of a value that was looked for, and found in a result}
   *
   * @param check what was looked for
   * @param output the result
   * @param position of the first that was found, in row-major order
   */
  default NumericException made(Check check, Operand output, long position) {
    Shape shape = output.layout().shape();
    // A shape prints as a tuple, and so does an index.
    return new NumericException(
        "%s made the first %s: output %s%s, element %s, of kernel %s"
            .formatted(
                origin(), check, output.dtype(), shape, Shape.of(shape.index(position)), label()));
  }
}
