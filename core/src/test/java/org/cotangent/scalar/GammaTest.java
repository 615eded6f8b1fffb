package org.cotangent.scalar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gamma functions against 200-bit tables in float64 and against float64 in float32. Bounds are in
 * ulp for positive arguments; on the left, where results pass through 0 without their terms doing
 * so, in ulp of the larger of the result and a scale.
 */
class GammaTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  enum Function {
    LGAMMA(0.8, 0.95, 1),
    DIGAMMA(0.8, 0.9, 1),
    POLYGAMMA1(1),
    POLYGAMMA2(2),
    POLYGAMMA5(5),
    POLYGAMMA20(20);

    final double bound;
    final double left;
    final double scale;

    Function(double bound, double left, double scale) {
      this.bound = bound;
      this.left = left;
      this.scale = scale;
    }

    Function(int n) {
      bound = 4 + 1.5 * n;
      left = bound;
      scale =
          Math.scalb(
              LongStream.rangeClosed(1, n).asDoubleStream().reduce(1, (a, b) -> a * b), n + 1);
    }

    Term of(Term x) {
      return switch (this) {
        case LGAMMA -> Transcendental.lgamma(x);
        case DIGAMMA -> Transcendental.digamma(x);
        default -> Transcendental.polygamma(Integer.parseInt(name().substring(9)), x);
      };
    }

    Lanes lanes(DType dtype) {
      return Lanes.of(dtype, this::of);
    }
  }

  /** The largest error so far, over its bound. */
  private static final class Worst {
    private double share;
    private double at;

    void add(double x, double error, double bound) {
      if (!(error / bound <= share)) {
        share = error / bound;
        at = x;
      }
    }

    void check(Object what) {
      assertTrue(share <= 1, () -> what + ": " + share + " of the bound at " + at);
    }
  }

  @ParameterizedTest
  @EnumSource
  void float64IsWithinItsBoundOfTheTable(Function function) throws IOException {
    List<double[]> rows = FunctionsTest.table(function.name());
    double[] x = rows.stream().mapToDouble(row -> row[0]).toArray();
    double[] y = function.lanes(DType.FLOAT64).apply(x);
    Worst worst = new Worst();
    for (int i = 0; i < x.length; i++) {
      double exact = rows.get(i)[1];
      double error = Math.abs(y[i] - exact - rows.get(i)[2] * Math.ulp(exact));
      double ulp = Math.ulp(x[i] < 0 ? Math.max(Math.abs(exact), function.scale) : exact);
      worst.add(x[i], error / ulp, x[i] < 0 ? function.left : function.bound);
    }
    worst.check(function + " float64");
  }

  /** Every 8,191st bit pattern, and as many between -30 and 30. */
  @ParameterizedTest
  @EnumSource
  void float32IsWithinItsBoundOfFloat64(Function function) {
    int count = (int) ((1L << 32) / 8191);
    float[] x = new float[2 * count];
    for (int i = 0; i < count; i++) {
      x[i] = Float.intBitsToFloat(8191 * i);
      x[count + i] = 60f * i / count - 30;
    }
    double[] wide = IntStream.range(0, x.length).mapToDouble(i -> x[i]).toArray();
    float[] y = function.lanes(DType.FLOAT32).apply(x);
    double[] exact = function.lanes(DType.FLOAT64).apply(wide);
    Worst worst = new Worst();
    for (int i = 0; i < x.length; i++) {
      float nearest = (float) exact[i];
      if (Float.isFinite(nearest)) {
        boolean left = x[i] < 0;
        float ulp = Math.ulp(left ? Math.max(Math.abs(nearest), (float) function.scale) : nearest);
        double bound = left ? function.left : function.bound;
        worst.add(x[i], Math.abs(y[i] - exact[i]) / ulp, bound);
      } else {
        assertEquals(nearest, y[i], function + " of " + x[i]);
      }
    }
    worst.check(function + " float32");
  }

  private static void special(Function function, double... pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      String what = function + " of " + pairs[i];
      assertEquals(pairs[i + 1], function.lanes(DType.FLOAT64).apply(pairs[i])[0], what);
      float single = function.lanes(DType.FLOAT32).apply((float) pairs[i])[0];
      assertEquals((float) pairs[i + 1], single, what);
    }
    assertEquals(Double.NaN, function.lanes(DType.FLOAT64).apply(Double.NaN)[0]);
    assertEquals(Float.NaN, function.lanes(DType.FLOAT32).apply(Float.NaN)[0]);
  }

  /** Poles and infinities, and what is exact. */
  @Test
  void specialValues() {
    special(
        Function.LGAMMA, 1, 0, 2, 0, 0, INF, -0.0, INF, -1, INF, -1e20, INF, INF, INF, -INF, INF);
    double nan = Double.NaN;
    special(
        Function.DIGAMMA, 0, -INF, -0.0, INF, -1, nan, -7, nan, -1e20, nan, INF, INF, -INF, nan);
    special(Function.POLYGAMMA1, 0, INF, -0.0, INF, -1, INF, -1e20, INF, INF, 0, -INF, INF);
    special(Function.POLYGAMMA2, 0, -INF, -0.0, -INF, -1, -INF, -1e20, -INF, INF, -0.0, -INF, -INF);
    special(Function.POLYGAMMA1, 1e-310, INF, -1e-310, INF);
  }

  /** Beside the smallest and the largest. */
  @Test
  void extremes() {
    double[] lgamma = Function.LGAMMA.lanes(DType.FLOAT64).apply(2.55e305, 2.57e305);
    assertTrue(lgamma[0] < INF && lgamma[1] == INF, Arrays.toString(lgamma));
    double[] tiny = Function.LGAMMA.lanes(DType.FLOAT64).apply(0x1p-1074, -0x1p-1074);
    assertEquals(1074 * Math.log(2), tiny[0], 1e-12);
    assertEquals(tiny[0], tiny[1]);
    double[] digamma = Function.DIGAMMA.lanes(DType.FLOAT64).apply(0x1p-1000, 1e300);
    assertEquals(-0x1p1000, digamma[0]);
    assertEquals(300 * Math.log(10), digamma[1], 1e-12);
    double[] cube = Function.POLYGAMMA2.lanes(DType.FLOAT64).apply(0x1p-1074, -0x1p-1074, 1e308);
    assertArrayEquals(new double[] {-INF, INF, -0.0}, cube);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 21})
  void ordersHaveALimit(int n) {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Lanes.of(DType.FLOAT64, x -> Transcendental.polygamma(n, x)));
    assertEquals("polygamma: order " + n + " is not from 0 to 20", error.getMessage());
  }
}
