package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;

/**
 * Batched matrix product, and a body evaluated at each of its elements. Each float product is one
 * chain of fused multiply-adds in ascending order of the depth, from +0; a backend that multiplies
 * narrow dtypes itself, see {@link Backend#multiplies}, may sum these in an order of its own. An
 * output may be the memory of a further input, see {@link Kernel}; never that of left or right.
 *
 * @param label names of the ops
 * @param origin of the last op
 * @param accumulator dtype in which products are summed, one that kernels compute in
 * @param left layout of shape (batch, rows, depth), any strides; of the accumulator's dtype, or of
 *     a narrow one that the backend multiplies
 * @param right layout of shape (batch, depth, columns), any strides
 * @param further what the epilogue reads beside the product, of shape (batch, rows, columns), any
 *     strides
 * @param coordinates what the epilogue's last inputs are; {@link Coordinate#INDEX} at most
 * @param epilogue its inputs are a sum as the accumulator has it, then those of {@code further},
 *     then the coordinates; one result for each output
 * @param outputs where the results go; of shape (batch, rows, columns)
 */
public record ContractionKernel(
    String label,
    Origin origin,
    DType accumulator,
    Operand left,
    Operand right,
    List<Operand> further,
    List<Coordinate> coordinates,
    Body epilogue,
    List<Operand> outputs)
    implements Kernel {

  /** Copies the lists. */
  public ContractionKernel {
    further = List.copyOf(further);
    coordinates = List.copyOf(coordinates);
    outputs = List.copyOf(outputs);
  }

  /**
   * The product alone.
   *
   * @param label names of the ops
   * @param origin of the contraction
   * @param accumulator dtype in which products are summed
   * @param left layout of shape (batch, rows, depth), any strides
   * @param right layout of shape (batch, depth, columns), any strides
   * @param output of the accumulator's dtype, contiguous, of shape (batch, rows, columns)
   */
  public ContractionKernel(
      String label, Origin origin, DType accumulator, Operand left, Operand right, Operand output) {
    this(
        label,
        origin,
        accumulator,
        left,
        right,
        List.of(),
        List.of(),
        identity(accumulator),
        List.of(output));
  }

  private static Body identity(DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(dtype));
  }

  /** {@return whether the results are the sums themselves} */
  public boolean isPlain() {
    return epilogue.results().equals(List.of(0));
  }

  @Override
  public List<Operand> inputs() {
    List<Operand> all = new ArrayList<>(List.of(left, right));
    all.addAll(further);
    return List.copyOf(all);
  }
}
