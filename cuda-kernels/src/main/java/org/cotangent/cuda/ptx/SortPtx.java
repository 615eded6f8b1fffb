package org.cotangent.cuda.ptx;

import java.util.List;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.SortRuns;
import org.cotangent.op.Sort;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Lines in order, the CPU's. Keys compare as integers; they and the positions go to and fro in the
 * workspace, and the last launch writes the results, values as they are.
 */
final class SortPtx {
  private final OpKernel kernel;
  private final Sort op;
  private final Operand input;

  private SortPtx(OpKernel kernel, Sort op) {
    this.kernel = kernel;
    this.op = op;
    input = kernel.inputs().getFirst();
  }

  /** {@return the bytes of keys and positions between launches} */
  static long workspace(OpKernel kernel, Sort op) {
    SortPtx sort = new SortPtx(kernel, op);
    return sort.input.layout().shape().size() == 0 ? 0 : sort.sorting().workspace(0);
  }

  /**
   * {@return what sorts}
   *
   * @param kernel whose input is not empty
   * @param op its op
   * @param workspace buffer of {@link #workspace(OpKernel, Sort)} bytes
   */
  static List<Launch> launches(OpKernel kernel, Sort op, int workspace) {
    SortPtx sort = new SortPtx(kernel, op);
    long beside = OperandPtx.lines(sort.input, op.axis()).layout().shape().dim(2);
    return MergePtx.launches(sort.sorting(), beside, workspace, sort::keys, sort::results);
  }

  private SortRuns sorting() {
    Shape shape = input.layout().shape();
    long length = shape.dim(op.axis());
    DType key = SortRuns.key(input.dtype());
    return new SortRuns(shape.size() / length, length, key, MergePtx.BLOCK);
  }

  /** Elements as integers: what a NaN carries stays. */
  private OperandPtx bits(PtxFunction code, Operand operand) {
    DType bits = operand.dtype() == DType.BOOL ? DType.UINT8 : SortRuns.key(operand.dtype());
    Operand lines = OperandPtx.lines(operand, op.axis());
    return OperandPtx.of(code, new Operand(lines.buffer(), bits, lines.layout()));
  }

  private MergePtx.Keys keys(PtxFunction code) {
    OperandPtx elements = bits(code, input);
    return (line, place) -> key(code, elements.load(line.outer(), place, line.inner()));
  }

  private MergePtx.Target results(PtxFunction code) {
    OperandPtx elements = bits(code, input);
    List<OperandPtx> results = kernel.outputs().stream().map(output -> bits(code, output)).toList();
    return (line, place, _, position) -> {
      Reg from = code.wide(position);
      for (int r = 0; r < results.size(); r++) {
        Reg value =
            switch (op.results().get(r)) {
              case VALUES -> elements.load(line.outer(), from, line.inner());
              case POSITIONS -> from;
            };
        results.get(r).store(value, line.outer(), place, line.inner());
      }
    };
  }

  /** Compares as the element does whose bits it is made of: -0 as +0, NaN as the largest. */
  private Reg key(PtxFunction code, Reg bits) {
    Reg ascending = input.dtype().isFloating() ? ordered(code, bits) : bits;
    PtxType type = bits.type();
    return op.descending() ? code.op(type, "not." + type.declared(), ascending) : ascending;
  }

  private Reg ordered(PtxFunction code, Reg bits) {
    PtxType type = bits.type();
    long largest = MergePtx.largest(SortRuns.key(input.dtype()));
    long infinity = input.dtype().bits(input.dtype().rounded(Double.POSITIVE_INFINITY));
    Reg magnitude = code.op(type, "and." + type.declared(), bits, largest);
    Reg negated = code.op(type, "neg." + type.number(), magnitude);
    Reg number = code.select(code.compare("lt", bits, 0), negated, bits);
    return code.select(code.compare("gt", magnitude, infinity), largest, number);
  }
}
