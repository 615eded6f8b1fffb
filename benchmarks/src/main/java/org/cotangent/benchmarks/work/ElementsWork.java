package org.cotangent.benchmarks.work;

import org.cotangent.Tensor;
import org.cotangent.type.DType;

/** One pass over elements that are no float32, or are repeated along short rows. */
public final class ElementsWork {
  /** Values count from 0 on to this, again and again: all of them are exact in each dtype. */
  private static final long PERIOD = 16;

  /** What is computed of what. */
  public enum Kind {
    /** {@code where(mask, x, -x)}. */
    WHERE(DType.INT32),
    /** {@code (x > 3) & (x < 9)}. */
    BETWEEN(DType.FLOAT32),
    /** Bytes as floats from 0 to 1. */
    SCALED_BYTES(DType.UINT8),
    /** {@code x x + x} of bfloat16. */
    BFLOAT16(DType.BFLOAT16),
    /** int64 as float32. */
    FLOATS_OF_LONGS(DType.INT64),
    /** {@code floor(x / 7)} of int32. */
    FLOOR_DIVIDE(DType.INT32),
    /** Rows of 16 less one value each, which is their first. */
    SHORT_ROWS(DType.FLOAT32);

    private final DType dtype;

    Kind(DType dtype) {
      this.dtype = dtype;
    }

    private Tensor apply(Tensor x) {
      return switch (this) {
        case WHERE ->
            x.remainder(2).equal(1).where(x.cast(DType.FLOAT32), x.cast(DType.FLOAT32).neg());
        case BETWEEN -> x.greater(3).logicalAnd(x.less(9));
        case SCALED_BYTES -> x.cast(DType.FLOAT32).div(PERIOD);
        case BFLOAT16 -> x.mul(x).add(x);
        case FLOATS_OF_LONGS -> x.cast(DType.FLOAT32);
        case FLOOR_DIVIDE -> x.floorDivide(7);
        case SHORT_ROWS -> {
          Tensor rows = x.reshape(-1, PERIOD);
          yield rows.sub(rows.slice(1, 0, 1));
        }
      };
    }

    /** What becomes of a value. */
    private double expected(long x) {
      return switch (this) {
        case WHERE -> x % 2 == 1 ? x : -x;
        case BETWEEN -> x > 3 && x < 9 ? 1 : 0;
        case SCALED_BYTES -> x / (double) PERIOD;
        case BFLOAT16 -> x * x + x;
        case FLOATS_OF_LONGS, SHORT_ROWS -> x;
        case FLOOR_DIVIDE -> x / 7;
      };
    }
  }

  private ElementsWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   * @param kind what is computed
   * @param size elements, a multiple of 16
   * @throws IllegalStateException if a result is wrong
   */
  public static Work cotangent(String device, Kind kind, long size) {
    return OnDevice.open(
        device,
        (opened, scope) -> {
          Tensor count = opened.arange(DType.INT64, size).remainder(PERIOD);
          Tensor x = scope.keep(count.cast(kind.dtype).copy());
          var compiled = opened.compiler().name("elements").compile(kind::apply, x);
          check(kind, compiled.run(x).cast(DType.FLOAT64).toDoubleArray());
          return () -> compiled.run(x).close();
        });
  }

  private static void check(Kind kind, double... found) {
    for (int i = 0; i < found.length; i++) {
      double expected = kind.expected(i % PERIOD);
      if (found[i] != expected) {
        throw new IllegalStateException(
            "Elements: %s of element %d is %s, not %s".formatted(kind, i, found[i], expected));
      }
    }
  }
}
