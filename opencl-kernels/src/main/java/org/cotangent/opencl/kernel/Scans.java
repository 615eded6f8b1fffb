package org.cotangent.opencl.kernel;

import org.cotangent.backend.Operand;
import org.cotangent.op.CumulativeSum;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/** Running sums: one chain from the first element to the last, many rows side by side. */
final class Scans {
  private final Traits traits;

  Scans(Traits traits) {
    this.traits = traits;
  }

  /**
   * {@return what computes the sums}
   *
   * @param op the axis and direction
   * @param input contiguous, not empty
   * @param output contiguous
   */
  Launch launch(CumulativeSum op, Operand input, Operand output) {
    Shape shape = input.layout().shape();
    DType dtype = input.dtype();
    long length = shape.dim(op.axis());
    long inner = Layout.contiguous(shape).stride(op.axis());
    int width = Widths.across(traits, input, inner);
    long chunks = Math.ceilDiv(inner, width);
    long units = shape.size() / length / inner * chunks;
    Signature signature = new Signature();
    Stream in = Stream.of(dtype, 1, "p", signature);
    Stream out = Stream.of(dtype, 1, "y", signature);
    String type = C.memory(dtype);
    String register = C.register(dtype, width);
    String text =
        """
        enum { W = %d };
        const long inner = %s, chunks = %s, units = %s, length = %s;
        for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const long c = unit %% chunks * W;
        const int n = (int)min((long)W, inner - c);
        const long start = unit / chunks * length * inner;
        %s sum = 0;
        for (long i = 0; i < length; i++) {
        const long at = start + (%s) * inner;
        __global const %s *p = %s + at;
        __global %s *y = %s + at;
        %ssum = i == 0 ? x : %s;
        %s}
        }
        """
            .formatted(
                width,
                signature.number(inner),
                signature.number(chunks),
                signature.number(units),
                signature.number(length),
                register,
                op.reverse() ? "length - 1 - i" : "i",
                type,
                signature.memory(input),
                type,
                signature.memory(output),
                in.load("x", "c", width),
                C.sum(dtype, "sum", "x", width),
                out.store("sum", "c", width));
    return signature.launch(text, traits.groups(units, 2.0 * shape.size()), traits.local());
  }
}
