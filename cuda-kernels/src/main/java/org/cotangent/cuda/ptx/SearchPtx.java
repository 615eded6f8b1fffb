package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.function.UnaryOperator;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;
import org.cotangent.cuda.ptx.PtxFunction.Label;
import org.cotangent.type.DType;

/**
 * The first element of an operand, in row-major order, that the caller must hear of: the threads of
 * one block look at all of them, each up to the first that it finds. The status words are written
 * in every run.
 */
final class SearchPtx {
  private static final int THREADS = PtxFunction.THREADS;

  private final Operand operand;
  private final PtxFunction code;

  private SearchPtx(PtxFunction code, Operand operand) {
    this.code = code;
    this.operand = operand;
  }

  /** {@return what looks for an index outside its axis} */
  static Launch wrongIndex(IndexKernel kernel) {
    PtxFunction code = new PtxFunction();
    Reg low = code.number(-kernel.size());
    Reg high = code.number(kernel.size());
    return new SearchPtx(code, kernel.distinct())
        .launch(
            value -> {
              Reg index = code.wide(value);
              return code.either(code.compare("lt", index, low), code.compare("ge", index, high));
            },
            kernel::outside);
  }

  /** {@return what looks for NaN in a float output} */
  static Launch nan(Kernel kernel, Operand output) {
    SearchPtx search = new SearchPtx(new PtxFunction(), output);
    return search.launch(search::isNaN, (position, _) -> kernel.madeNaN(output, position));
  }

  /** Of narrow floats there are the bits: a NaN's magnitude is above infinity's. */
  private Reg isNaN(Reg value) {
    DType dtype = operand.dtype();
    if (!dtype.isNarrow()) {
      return code.compare("nan", value, value);
    }
    long infinity = dtype.bits(dtype.rounded(Double.POSITIVE_INFINITY));
    return code.compare("gt", code.op(PtxType.B32, "and.b32", value, Short.MAX_VALUE), infinity);
  }

  private Launch launch(UnaryOperator<Reg> isWanted, Report report) {
    Nest nest = Nest.of(operand.layout().shape(), List.of(operand.layout()));
    Reg words = code.status(report);
    Reg size = code.number(nest.size());
    List<Divisor> dims = code.dims(nest);
    List<Reg> strides = code.strides(nest, 0, operand.dtype());
    OperandPtx elements = new OperandPtx(code, operand.dtype(), code.address(operand), strides);
    Reg tid = code.op(PtxType.B32, "mov.u32", "%tid.x");
    Reg found = code.variable(PtxType.B64, Long.MAX_VALUE);
    Label over = code.label();
    code.count(
        code.wide(tid),
        size,
        THREADS,
        number ->
            code.when(
                isWanted.apply(load(elements, number, dims)),
                () -> {
                  code.move(found, number);
                  code.branch(over);
                }));
    code.bind(over);
    Reg first = first(found, tid);
    code.when(
        code.compare("eq", tid, 0),
        () -> {
          Reg isNone = code.compare("eq", first, Long.MAX_VALUE);
          Reg position = code.select(isNone, -1, first);
          Reg value = code.variable(PtxType.B64, 0);
          if (!operand.dtype().isFloating()) {
            Reg isThere = code.compare("ge", position, 0);
            code.when(isThere, () -> code.move(value, code.wide(load(elements, position, dims))));
          }
          code.statement("st.global.b64 [%s], %s".formatted(words, position));
          code.statement("st.global.b64 [%s+8], %s".formatted(words, value));
        });
    return code.launch(1);
  }

  private Reg load(OperandPtx elements, Reg number, List<Divisor> dims) {
    return elements.load(code.indices(number, dims).toArray(Reg[]::new));
  }

  /** The smallest of what the threads found, in the first thread; by halves, in shared memory. */
  private Reg first(Reg found, Reg tid) {
    Reg own = code.sharedWord(code.shared(0, THREADS * Long.BYTES), tid);
    code.statement("st.shared.b64 [%s], %s".formatted(own, found));
    for (int half = THREADS / 2; half > 0; half /= 2) {
      int distance = half * Long.BYTES;
      code.statement("bar.sync 0");
      code.when(
          code.compare("lt", tid, half),
          () -> {
            Reg other = code.op(PtxType.B64, "ld.shared.b64", "[%s+%d]".formatted(own, distance));
            code.into(found, "min.s64", found, other);
            code.statement("st.shared.b64 [%s], %s".formatted(own, found));
          });
    }
    return found;
  }
}
