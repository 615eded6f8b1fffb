package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.cotangent.backend.Check;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;
import org.cotangent.cuda.ptx.PtxFunction.Label;
import org.cotangent.type.DType;

/**
 * The first element of an operand, in row-major order, that the caller must hear of. The threads of
 * one block look at few elements, each up to the first that it finds, and write the status words.
 * Of many elements the words are first cleared; then all threads of a grid look, and the least
 * position stays, whoever comes first; then the value there is read. So the words are written in
 * every run, and are the same in every run.
 */
final class SearchPtx {
  private static final int THREADS = PtxFunction.THREADS;

  /** As many elements as one block has looked at when two further launches would have begun. */
  static final long FEW = 1 << 14;

  private final Operand operand;
  private final Function<PtxFunction, UnaryOperator<Reg>> condition;
  private final Report report;
  private final Nest nest;

  private SearchPtx(
      Operand operand, Function<PtxFunction, UnaryOperator<Reg>> condition, Report report) {
    this.operand = operand;
    this.condition = condition;
    this.report = report;
    nest = Nest.of(operand.layout().shape(), List.of(operand.layout()));
  }

  /** {@return what looks for an index outside its axis} */
  static List<Launch> wrongIndex(IndexKernel kernel) {
    return new SearchPtx(
            kernel.distinct(),
            code -> {
              Reg low = code.number(-kernel.size());
              Reg high = code.number(kernel.size());
              return value -> {
                Reg index = code.wide(value);
                return code.either(code.compare("lt", index, low), code.compare("ge", index, high));
              };
            },
            kernel::outside)
        .launches();
  }

  /** {@return what looks for NaN, or for infinities too, in a float output} */
  static List<Launch> found(Check check, Kernel kernel, Operand output) {
    return new SearchPtx(
            output,
            code -> value -> isFound(code, check, output.dtype(), value),
            (position, _) -> kernel.made(check, output, position))
        .launches();
  }

  private List<Launch> launches() {
    if (nest.size() <= FEW) {
      return List.of(new Text().block());
    }
    // A NaN or an infinity is what it is.
    return operand.dtype().isFloating()
        ? List.of(new Text().clear(), new Text().grid())
        : List.of(new Text().clear(), new Text().grid(), new Text().value());
  }

  /** Of narrow floats there are the bits: a NaN's magnitude is above infinity's. */
  private static Reg isFound(PtxFunction code, Check check, DType dtype, Reg value) {
    boolean isNaN = check == Check.NAN;
    if (!dtype.isNarrow()) {
      // What is not finite is NaN once it is subtracted from itself.
      Reg zero =
          isNaN ? value : code.op(value.type(), "sub.rn." + value.type().number(), value, value);
      return code.compare("nan", zero, zero);
    }
    long infinity = dtype.bits(dtype.rounded(Double.POSITIVE_INFINITY));
    Reg magnitude = code.op(PtxType.B32, "and.b32", value, Short.MAX_VALUE);
    return code.compare(isNaN ? "gt" : "ge", magnitude, infinity);
  }

  /** One launch while it is written. */
  private final class Text {
    private final PtxFunction code = new PtxFunction();
    private final Reg words = code.status(report);

    /** The elements, by their row-major number. */
    private UnaryOperator<Reg> elements() {
      List<Divisor> dims = code.dims(nest);
      List<Reg> strides = code.strides(nest, 0, operand.dtype());
      OperandPtx elements = new OperandPtx(code, operand.dtype(), code.address(operand), strides);
      return number -> elements.load(code.indices(number, dims).toArray(Reg[]::new));
    }

    /**
     * The first number from some first one on, in steps, whose element is wanted; or the largest.
     */
    private Reg found(UnaryOperator<Reg> elements, Reg first, Object step) {
      UnaryOperator<Reg> isWanted = condition.apply(code);
      Reg found = code.variable(PtxType.B64, Long.MAX_VALUE);
      Label over = code.label();
      code.count(
          first,
          code.number(nest.size()),
          step,
          number ->
              code.when(
                  isWanted.apply(elements.apply(number)),
                  () -> {
                    code.move(found, number);
                    code.branch(over);
                  }));
      code.bind(over);
      return found;
    }

    Launch block() {
      UnaryOperator<Reg> elements = elements();
      Reg tid = code.op(PtxType.B32, "mov.u32", "%tid.x");
      Reg first = first(found(elements, code.wide(tid), THREADS), tid);
      code.when(
          code.compare("eq", tid, 0),
          () -> {
            Reg isNone = code.compare("eq", first, Long.MAX_VALUE);
            Reg position = code.select(isNone, -1, first);
            code.statement("st.global.b64 [%s], %s".formatted(words, position));
            storeValue(elements, position);
          });
      return code.launch(1);
    }

    /** No position, which is the largest number without a sign. */
    Launch clear() {
      Reg none = code.op(PtxType.B64, "mov.b64", -1);
      return code.forEach(1, _ -> code.statement("st.global.b64 [%s], %s".formatted(words, none)));
    }

    Launch grid() {
      Reg found = found(elements(), code.thread(), code.threads());
      code.when(
          code.compare("ne", found, Long.MAX_VALUE),
          () -> code.statement("red.global.min.u64 [%s], %s".formatted(words, found)));
      return code.launch(Math.ceilDiv(nest.size(), (long) THREADS));
    }

    Launch value() {
      UnaryOperator<Reg> elements = elements();
      return code.forEach(
          1,
          _ ->
              storeValue(elements, code.op(PtxType.B64, "ld.global.b64", "[%s]".formatted(words))));
    }

    /** Writes the value at a position, if there is one and it tells anything. */
    private void storeValue(UnaryOperator<Reg> elements, Reg position) {
      if (!operand.dtype().isFloating()) {
        code.when(
            code.compare("ge", position, 0),
            () ->
                code.statement(
                    "st.global.b64 [%s+8], %s"
                        .formatted(words, code.wide(elements.apply(position)))));
      }
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
}
