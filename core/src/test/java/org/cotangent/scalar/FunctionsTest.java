package org.cotangent.scalar;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The functions that are made of exponentials, logarithms and roots, and the trigonometric ones:
 * errors in ulp against 200-bit tables in float64 (src/test/python/transcendental_tables.py), and
 * against float64 in float32.
 */
class FunctionsTest {
  private static final long SEED = 20261126;

  /** With the errors that their Javadoc states, in float32 and float64. */
  enum Function {
    EXP2(0.69, 0.76),
    EXPM1(0.77, 1.08),
    SIGMOID(0.72, 0.77),
    SINH(0.68, 0.72),
    COSH(0.82, 0.82),
    LOG1P(0.54, 0.55),
    LOG2(0.52, 0.58),
    LOG10(0.52, 0.54),
    ASINH(0.84, 1.01),
    ACOSH(0.52, 0.55),
    ATANH(0.54, 0.55),
    SOFTPLUS(0.86, 0.97),
    CBRT(0.51, 0.51),
    ERF(1.0, 0.75),
    ERFC(0.85, 0.85),
    SIN(0.74, 0.70),
    COS(0.74, 0.71),
    TAN(0.91, 0.85),
    ASIN(0.63, 0.62),
    ACOS(0.63, 0.62),
    ATAN(0.58, 0.56);

    final double float32Bound;
    final double float64Bound;

    Function(double float32Bound, double float64Bound) {
      this.float32Bound = float32Bound;
      this.float64Bound = float64Bound;
    }

    Term of(Term x) {
      return switch (this) {
        case EXP2 -> Transcendental.exp2(x);
        case EXPM1 -> Transcendental.expm1(x);
        case SIGMOID -> Transcendental.sigmoid(x);
        case SINH -> Transcendental.sinh(x);
        case COSH -> Transcendental.cosh(x);
        case LOG1P -> Transcendental.log1p(x);
        case LOG2 -> Transcendental.log2(x);
        case LOG10 -> Transcendental.log10(x);
        case ASINH -> Transcendental.asinh(x);
        case ACOSH -> Transcendental.acosh(x);
        case ATANH -> Transcendental.atanh(x);
        case SOFTPLUS -> Transcendental.softplus(x);
        case CBRT -> Transcendental.cbrt(x);
        case ERF -> Transcendental.erf(x);
        case ERFC -> Transcendental.erfc(x);
        case SIN -> Transcendental.sin(x);
        case COS -> Transcendental.cos(x);
        case TAN -> Transcendental.tan(x);
        case ASIN -> Transcendental.asin(x);
        case ACOS -> Transcendental.acos(x);
        case ATAN -> Transcendental.atan(x);
      };
    }

    Lanes lanes(DType dtype) {
      return Lanes.of(dtype, this::of);
    }
  }

  enum Binary {
    POW(0.76, 0.78),
    HYPOT(0.64, 0.75),
    ATAN2(0.76, 0.76);

    final double float32Bound;
    final double float64Bound;

    Binary(double float32Bound, double float64Bound) {
      this.float32Bound = float32Bound;
      this.float64Bound = float64Bound;
    }

    Term of(Term x, Term y) {
      return switch (this) {
        case POW -> Transcendental.pow(x, y);
        case HYPOT -> Transcendental.hypot(x, y);
        case ATAN2 -> Transcendental.atan2(x, y);
      };
    }

    double oracle(double x, double y) {
      return switch (this) {
        case POW ->
            // IEEE 754's, where Java's is NaN
            x == 1 || (Math.abs(x) == 1 && Double.isInfinite(y)) ? 1 : StrictMath.pow(x, y);
        case HYPOT -> StrictMath.hypot(x, y);
        case ATAN2 -> StrictMath.atan2(x, y);
      };
    }

    Lanes lanes(DType dtype) {
      return Lanes.of(dtype, this::of);
    }
  }

  private static void check(Object what, double error, Object at, double bound) {
    System.out.printf(Locale.ROOT, "%s: largest error %.3f ulp at %s%n", what, error, at);
    assertTrue(error <= bound, () -> what + ": " + error + " > " + bound + " at " + at);
  }

  static List<double[]> table(String name) throws IOException {
    String file = name.toLowerCase(Locale.ROOT) + ".txt";
    try (InputStream stream = requireNonNull(FunctionsTest.class.getResourceAsStream(file), file)) {
      List<double[]> rows =
          new String(stream.readAllBytes(), StandardCharsets.US_ASCII)
              .lines()
              .map(line -> Stream.of(line.split(" ")).mapToDouble(Double::parseDouble).toArray())
              .toList();
      assertTrue(rows.size() >= 400, file + " has " + rows.size() + " rows");
      return rows;
    }
  }

  private static double[] column(List<double[]> rows, int k) {
    return rows.stream().mapToDouble(row -> row[k]).toArray();
  }

  @ParameterizedTest
  @EnumSource
  void float64IsWithinItsBoundOfTheTable(Function function) throws IOException {
    List<double[]> rows = table(function.name());
    checkTable(
        function,
        rows,
        function.lanes(DType.FLOAT64).apply(column(rows, 0)),
        1,
        function.float64Bound);
  }

  @ParameterizedTest
  @EnumSource
  void float64IsWithinItsBoundOfTheTable(Binary function) throws IOException {
    List<double[]> rows = table(function.name());
    double[] y = function.lanes(DType.FLOAT64).apply(column(rows, 0), column(rows, 1));
    checkTable(function, rows, y, 2, function.float64Bound);
  }

  private static void checkTable(
      Object function, List<double[]> rows, double[] y, int k, double bound) {
    double worst = 0;
    int at = 0;
    for (int i = 0; i < y.length; i++) {
      double[] row = rows.get(i);
      double error = Math.abs((y[i] - row[k]) / Math.ulp(row[k]) - row[k + 1]);
      if (!(error <= worst)) {
        worst = error;
        at = i;
      }
    }
    check(function + " float64", worst, Arrays.toString(rows.get(at)), bound);
  }

  /** Every 4,099th bit pattern: NaN, infinities and subnormals among them. */
  @ParameterizedTest
  @EnumSource
  void float32IsWithinItsBoundOfFloat64(Function function) {
    int count = (int) ((1L << 32) / 4099);
    float[] x = new float[count];
    double[] wide = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] = Float.intBitsToFloat(4099 * i);
      wide[i] = x[i];
    }
    float[] y = function.lanes(DType.FLOAT32).apply(x);
    double[] exact = function.lanes(DType.FLOAT64).apply(wide);
    double worst = 0;
    float at = 0;
    for (int i = 0; i < count; i++) {
      float nearest = (float) exact[i];
      if (Float.isFinite(nearest)) {
        double error = Math.abs(y[i] - exact[i]) / Math.ulp(nearest);
        if (!(error <= worst)) {
          worst = error;
          at = x[i];
        }
      } else {
        assertEquals(nearest, y[i], function + " of " + x[i]);
      }
    }
    check(function + " float32", worst, at, function.float32Bound);
  }

  @ParameterizedTest
  @EnumSource
  void float32IsWithinItsBoundOfFloat64(Binary function) {
    Random random = new Random(SEED);
    int count = 1_000_000;
    float[] x = new float[count];
    float[] y = new float[count];
    for (int i = 0; i < count; i++) {
      boolean near = i % 2 == 0;
      x[i] = near ? random.nextFloat(0.1f, 10) : Float.intBitsToFloat(random.nextInt());
      double largest = 104 / Math.max(1e-8, Math.abs(Math.log(Math.abs(x[i]))));
      y[i] =
          function == Binary.POW && Double.isFinite(largest)
              ? (float) random.nextDouble(-largest, largest)
              : near ? random.nextFloat(0.1f, 10) : Float.intBitsToFloat(random.nextInt());
    }
    double[] wideX = new double[count];
    double[] wideY = new double[count];
    for (int i = 0; i < count; i++) {
      wideX[i] = x[i];
      wideY[i] = y[i];
    }
    float[] found = function.lanes(DType.FLOAT32).apply(x, y);
    double[] exact = function.lanes(DType.FLOAT64).apply(wideX, wideY);
    double worst = 0;
    String at = "";
    for (int i = 0; i < count; i++) {
      float nearest = (float) exact[i];
      if (Float.isFinite(nearest)) {
        double error = Math.abs(found[i] - exact[i]) / Math.ulp(nearest);
        if (!(error <= worst)) {
          worst = error;
          at = x[i] + ", " + y[i];
        }
      } else {
        assertEquals(nearest, found[i], function + " of " + x[i] + ", " + y[i]);
      }
    }
    check(function + " float32", worst, at, function.float32Bound);
  }

  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  static List<Arguments> specials() {
    return List.of(
        Arguments.of(Function.EXP2, new double[] {0, 1, -0.0, 1, 10, 1024, INF, INF, -INF, 0}),
        Arguments.of(Function.EXPM1, new double[] {0, 0, -0.0, -0.0, INF, INF, -INF, -1, -100, -1}),
        Arguments.of(Function.SIGMOID, new double[] {0, 0.5, INF, 1, -INF, 0, 100, 1, -1e4, 0}),
        Arguments.of(Function.SINH, new double[] {0, 0, -0.0, -0.0, INF, INF, -INF, -INF}),
        Arguments.of(Function.COSH, new double[] {0, 1, -0.0, 1, INF, INF, -INF, INF}),
        Arguments.of(
            Function.LOG1P,
            new double[] {0, 0, -0.0, -0.0, -1, -INF, -2, NAN, INF, INF, -INF, NAN}),
        Arguments.of(
            Function.LOG2,
            new double[] {1, 0, 8, 3, 0.25, -2, 0, -INF, -0.0, -INF, -1, NAN, INF, INF}),
        Arguments.of(
            Function.LOG10, new double[] {1, 0, 1000, 3, 1e10, 10, 0, -INF, -1, NAN, INF, INF}),
        Arguments.of(Function.ASINH, new double[] {0, 0, -0.0, -0.0, INF, INF, -INF, -INF}),
        Arguments.of(Function.ACOSH, new double[] {1, 0, 0.5, NAN, -3, NAN, INF, INF, -INF, NAN}),
        Arguments.of(
            Function.ATANH, new double[] {0, 0, -0.0, -0.0, 1, INF, -1, -INF, 2, NAN, INF, NAN}),
        Arguments.of(Function.SOFTPLUS, new double[] {INF, INF, -INF, 0, 100, 100, -1e4, 0}),
        Arguments.of(Function.ERF, new double[] {0, 0, -0.0, -0.0, 6, 1, -6, -1, INF, 1, -INF, -1}),
        Arguments.of(Function.ERFC, new double[] {0, 1, -0.0, 1, -6, 2, 30, 0, INF, 0, -INF, 2}),
        Arguments.of(
            Function.CBRT,
            new double[] {
              0, 0, -0.0, -0.0, 27, 3, -8, -2, 1, 1, 0x1p-120, 0x1p-40, INF, INF, -INF, -INF
            }),
        Arguments.of(Function.SIN, new double[] {0, 0, -0.0, -0.0, INF, NAN, -INF, NAN}),
        Arguments.of(Function.COS, new double[] {0, 1, -0.0, 1, INF, NAN, -INF, NAN}),
        Arguments.of(Function.TAN, new double[] {0, 0, -0.0, -0.0, INF, NAN, -INF, NAN}),
        Arguments.of(
            Function.ASIN,
            new double[] {
              0, 0, -0.0, -0.0, 1, Math.PI / 2, -1, -Math.PI / 2, 1.5, NAN, INF, NAN, -INF, NAN
            }),
        Arguments.of(
            Function.ACOS,
            new double[] {
              0, Math.PI / 2, -0.0, Math.PI / 2, 1, 0, -1, Math.PI, 1.5, NAN, INF, NAN, -INF, NAN
            }),
        Arguments.of(
            Function.ATAN,
            new double[] {0, 0, -0.0, -0.0, 1, Math.PI / 4, INF, Math.PI / 2, -INF, -Math.PI / 2}));
  }

  @ParameterizedTest
  @MethodSource("specials")
  void specialValues(Function function, double[] pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      String what = function + " of " + pairs[i];
      double wide = function.lanes(DType.FLOAT64).apply(new double[] {pairs[i]})[0];
      assertEquals(pairs[i + 1], wide, what);
      float single = function.lanes(DType.FLOAT32).apply(new float[] {(float) pairs[i]})[0];
      assertEquals((float) pairs[i + 1], single, what);
    }
    assertEquals(NAN, function.lanes(DType.FLOAT64).apply(new double[] {NAN})[0]);
    assertEquals(Float.NaN, function.lanes(DType.FLOAT32).apply(new float[] {Float.NaN})[0]);
  }

  /** Whole powers whose result is exact are exact; everything else as {@link StrictMath}'s. */
  @ParameterizedTest
  @EnumSource
  void specialPairs(Binary function) {
    double[] all = {
      0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      2,
      -2,
      3,
      -3,
      10,
      -10,
      1e300,
      -1e300,
      0x1p-1074,
      0x1p52 + 1,
      -0x1p53 - 2,
      INF,
      -INF,
      NAN
    };
    Lanes lanes = function.lanes(DType.FLOAT64);
    Lanes single = function.lanes(DType.FLOAT32);
    for (double x : all) {
      for (double y : all) {
        double exact = function.oracle(x, y);
        String what = function + " of " + x + ", " + y;
        double found = lanes.apply(new double[] {x}, new double[] {y})[0];
        assertEquals(exact, found, Double.isFinite(exact) ? Math.ulp(exact) : 0, what);
        assertEquals(sign(exact), sign(found), what);
        float narrowX = (float) x;
        float narrowY = (float) y;
        float nearest = (float) function.oracle(narrowX, narrowY);
        float half = single.apply(new float[] {narrowX}, new float[] {narrowY})[0];
        assertEquals(nearest, half, Float.isFinite(nearest) ? Math.ulp(nearest) : 0, what);
        assertEquals(sign(nearest), sign(half), what);
      }
    }
  }

  /** Also of zeros; a NaN's means nothing. */
  private static double sign(double x) {
    return Double.isNaN(x) ? 0 : Math.copySign(1, x);
  }

  @ParameterizedTest
  @EnumSource(names = {"SINH", "ASINH", "ATANH", "CBRT", "ERF", "SIN", "TAN", "ASIN", "ATAN"})
  void oddFunctionsAreOddToTheBit(Function function) {
    float[] x = new float[50_000];
    float[] opposite = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.intBitsToFloat(40_009 * i);
      opposite[i] = -x[i];
    }
    float[] expected = function.lanes(DType.FLOAT32).apply(x);
    float[] found = function.lanes(DType.FLOAT32).apply(opposite);
    for (int i = 0; i < x.length; i++) {
      assertEquals(-expected[i], found[i], function + " of " + x[i]);
    }
  }

  /** Where results leave the range, and the next that does not. */
  @Test
  void overflow() {
    double[] sinh = Function.SINH.lanes(DType.FLOAT64).apply(710.4758600739439, 710.475860073944);
    assertTrue(sinh[0] < INF && sinh[0] > 1.79e308 && sinh[1] == INF, Arrays.toString(sinh));
    float[] cosh = Function.COSH.lanes(DType.FLOAT32).apply(89.41598f, 89.415990f);
    assertTrue(cosh[0] < INF && cosh[1] == INF, Arrays.toString(cosh));
    float[] exp2 = Function.EXP2.lanes(DType.FLOAT32).apply(127.99999f, 128, -149, -150);
    assertEquals("[3.4028056E38, Infinity, 1.4E-45, 0.0]", Arrays.toString(exp2));
  }
}
