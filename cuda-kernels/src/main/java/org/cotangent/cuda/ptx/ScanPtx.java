package org.cotangent.cuda.ptx;

import java.util.List;
import org.cotangent.backend.Operand;
import org.cotangent.op.CumulativeSum;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Running sums: one chain from the first element to the last, each line in one thread, many lines
 * side by side. A sum from the other end is one of lines that are seen backwards.
 */
final class ScanPtx {
  private ScanPtx() {}

  /**
   * {@return what computes the sums}
   *
   * @param op the axis and direction
   * @param input contiguous, not empty
   * @param output contiguous
   */
  static Launch launch(CumulativeSum op, Operand input, Operand output) {
    PtxFunction code = new PtxFunction();
    Operand lines = lines(op, input);
    Shape shape = lines.layout().shape();
    OperandPtx from = OperandPtx.of(code, lines);
    OperandPtx to = OperandPtx.of(code, lines(op, output));
    Reg length = code.number(shape.dim(1));
    long count = shape.dim(0) * shape.dim(2);
    List<Divisor> dims = List.of(Divisor.of(code, shape.dim(2), count));
    return code.forEach(
        count,
        line -> {
          List<Reg> at = code.indices(line, dims);
          Reg outer = at.getFirst();
          Reg inner = at.getLast();
          // A first term that is -0 stays: nothing is added to it.
          Reg zero = code.op(PtxType.B64, "mov.b64", 0);
          Reg first = from.load(outer, zero, inner);
          to.store(first, outer, zero, inner);
          Reg sum = code.variable(first.type(), first);
          code.count(
              1,
              length,
              1,
              position -> {
                code.move(sum, code.sum(sum, from.load(outer, position, inner)));
                to.store(sum, outer, position, inner);
              });
        });
  }

  private static Operand lines(CumulativeSum op, Operand operand) {
    Operand lines = OperandPtx.lines(operand, op.axis());
    Layout layout = lines.layout();
    long[] last = {0, layout.shape().dim(1) - 1, 0};
    return op.reverse()
        ? new Operand(
            lines.buffer(),
            lines.dtype(),
            layout.slice(last, new long[] {1, -1, 1}, layout.shape().dims()))
        : lines;
  }
}
