package org.cotangent.scalar;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Errors in ulp, against {@link StrictMath} in double for float32 and against 200-bit tables for
 * float64 (src/test/python/transcendental_tables.py), and special values one by one.
 */
class TranscendentalTest {
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float NAN = Float.NaN;
  private static final long SEED = 20250917;

  /** The functions, with the worst float32 argument and the errors that their Javadoc states. */
  enum Function {
    EXP(-5.848642f, 0.90, 0.88),
    LOG(0.63565737f, 0.94, 0.91),
    TANH(0.7602705f, 1.07, 1.06);

    final float worst;
    final double float32Bound;
    final double float64Bound;

    Function(float worst, double float32Bound, double float64Bound) {
      this.worst = worst;
      this.float32Bound = float32Bound;
      this.float64Bound = float64Bound;
    }

    Term of(Term x) {
      return switch (this) {
        case EXP -> Transcendental.exp(x);
        case LOG -> Transcendental.log(x);
        case TANH -> Transcendental.tanh(x);
      };
    }

    double oracle(double x) {
      return switch (this) {
        case EXP -> StrictMath.exp(x);
        case LOG -> StrictMath.log(x);
        case TANH -> StrictMath.tanh(x);
      };
    }

    Lanes lanes(DType dtype) {
      return Lanes.of(dtype, this::of);
    }
  }

  /** The largest error so far, and where. */
  private static final class Worst {
    double error;
    double at = Double.NaN;

    void add(double x, double difference, double unit) {
      double next = Math.abs(difference) / unit;
      if (!(next <= error)) {
        error = next;
        at = x;
      }
    }

    void check(String what, double bound) {
      System.out.printf(Locale.ROOT, "%s: largest error %.3g at %s%n", what, error, at);
      assertTrue(error <= bound, () -> what + ": " + error + " > " + bound + " at " + at);
    }
  }

  /** Every 997th bit pattern, NaN and subnormals among them; and the worst of all of them. */
  @ParameterizedTest
  @EnumSource
  void float32IsWithinItsBound(Function function) {
    Lanes lanes = function.lanes(DType.FLOAT32);
    Worst worst = new Worst();
    int block = 1 << 16;
    for (long pattern = 0; pattern < 1L << 32; pattern += 997L * block) {
      float[] x = new float[block];
      for (int i = 0; i < block; i++) {
        x[i] = Float.intBitsToFloat((int) (pattern + 997L * i));
      }
      float[] y = lanes.apply(x);
      for (int i = 0; i < block; i++) {
        double exact = function.oracle(x[i]);
        float nearest = (float) exact;
        if (Float.isFinite(nearest)) {
          worst.add(x[i], y[i] - exact, Math.ulp(nearest));
        } else if (Float.compare(nearest, y[i]) != 0) {
          assertEquals(nearest, y[i], function + " of " + x[i]);
        }
      }
    }
    double exact = function.oracle(function.worst);
    float y = lanes.apply(new float[] {function.worst})[0];
    worst.add(function.worst, y - exact, Math.ulp((float) exact));
    worst.check(function + " float32, ulp", function.float32Bound);
  }

  @ParameterizedTest
  @EnumSource
  void float64IsWithinItsBoundOfTheTable(Function function) throws IOException {
    Worst worst = new Worst();
    compare(function.lanes(DType.FLOAT64), function.name(), worst, false);
    worst.check(function + " float64, ulp", function.float64Bound);
  }

  /** StrictMath errs by up to one ulp itself. */
  @ParameterizedTest
  @EnumSource
  void float64AgreesWithStrictMath(Function function) {
    Random random = new Random(SEED);
    double[] x = new double[200_000];
    for (int i = 0; i < x.length; i++) {
      x[i] =
          switch (i % 4) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextDouble(-2, 2);
            case 2 -> random.nextDouble(-25, 25);
            default -> random.nextDouble(-750, 750);
          };
    }
    double[] y = function.lanes(DType.FLOAT64).apply(x);
    Worst worst = new Worst();
    for (int i = 0; i < x.length; i++) {
      double expected = function.oracle(x[i]);
      if (Double.isFinite(expected)) {
        worst.add(x[i], y[i] - expected, Math.ulp(expected));
      } else {
        assertEquals(expected, y[i], function + " of " + x[i]);
      }
    }
    // Differences of neighbours are whole ulps: 2 is below 1 plus 1.
    worst.check(function + " float64 to StrictMath, ulp, seed " + SEED, 2);
  }

  @Test
  void ndtriFloat64IsWithinItsBoundOfTheTable() throws IOException {
    Worst worst = new Worst();
    compare(Lanes.of(DType.FLOAT64, Transcendental::ndtri), "NDTRI", worst, true);
    worst.check("ndtri float64, relative", 1e-15);
  }

  /** Every 997th p, against float64, which the table vouches for. */
  @Test
  void ndtriFloat32IsWithinItsBound() {
    int count = Float.floatToIntBits(1) / 997;
    float[] p = new float[count];
    double[] exactly = new double[count];
    for (int i = 0; i < count; i++) {
      p[i] = Float.intBitsToFloat(1 + 997 * i);
      exactly[i] = p[i];
    }
    float[] y = Lanes.of(DType.FLOAT32, Transcendental::ndtri).apply(p);
    double[] expected = Lanes.of(DType.FLOAT64, Transcendental::ndtri).apply(exactly);
    Worst worst = new Worst();
    for (int i = 0; i < count; i++) {
      worst.add(p[i], y[i] - expected[i], Math.abs(expected[i]));
    }
    worst.check("ndtri float32, relative", 5e-7);
  }

  /**
   * Adds the error at every line of a table: x, the double nearest to the exact result, and what is
   * missing in ulp.
   */
  private static void compare(Lanes lanes, String name, Worst worst, boolean relative)
      throws IOException {
    String file = name.toLowerCase(Locale.ROOT) + ".txt";
    InputStream stream = requireNonNull(TranscendentalTest.class.getResourceAsStream(file), file);
    try (var reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
      List<double[]> rows =
          reader
              .lines()
              .map(line -> Stream.of(line.split(" ")).mapToDouble(Double::parseDouble).toArray())
              .toList();
      assertTrue(rows.size() > 490, () -> file + " has " + rows.size() + " lines");
      double[] y = lanes.apply(rows.stream().mapToDouble(row -> row[0]).toArray());
      for (int i = 0; i < y.length; i++) {
        double[] row = rows.get(i);
        double ulp = Math.ulp(row[1]);
        double error = (y[i] - row[1]) / ulp - row[2];
        worst.add(row[0], error, relative ? Math.abs(row[1]) / ulp : 1);
      }
    }
  }

  static List<Arguments> specials() {
    UnaryOperator<Term> exp = Transcendental::exp;
    UnaryOperator<Term> log = Transcendental::log;
    UnaryOperator<Term> tanh = Transcendental::tanh;
    UnaryOperator<Term> ndtri = Transcendental::ndtri;
    return List.of(
        Arguments.of("exp", exp, 0f, 1f),
        Arguments.of("exp", exp, -0f, 1f),
        Arguments.of("exp", exp, INF, INF),
        Arguments.of("exp", exp, -INF, 0f),
        Arguments.of("exp", exp, Float.MAX_VALUE, INF),
        Arguments.of("exp", exp, -Float.MAX_VALUE, 0f),
        Arguments.of("exp", exp, Float.MIN_VALUE, 1f),
        Arguments.of("exp", exp, NAN, NAN),
        Arguments.of("log", log, 0f, -INF),
        Arguments.of("log", log, -0f, -INF),
        Arguments.of("log", log, 1f, 0f),
        Arguments.of("log", log, INF, INF),
        Arguments.of("log", log, -INF, NAN),
        Arguments.of("log", log, -1f, NAN),
        Arguments.of("log", log, -Float.MIN_VALUE, NAN),
        Arguments.of("log", log, NAN, NAN),
        Arguments.of("tanh", tanh, 0f, 0f),
        Arguments.of("tanh", tanh, -0f, -0f),
        Arguments.of("tanh", tanh, INF, 1f),
        Arguments.of("tanh", tanh, -INF, -1f),
        Arguments.of("tanh", tanh, Float.MAX_VALUE, 1f),
        Arguments.of("tanh", tanh, 30f, 1f),
        Arguments.of("tanh", tanh, -30f, -1f),
        Arguments.of("tanh", tanh, Float.MIN_VALUE, Float.MIN_VALUE),
        Arguments.of("tanh", tanh, -Float.MIN_NORMAL, -Float.MIN_NORMAL),
        Arguments.of("tanh", tanh, NAN, NAN),
        Arguments.of("ndtri", ndtri, 0f, -INF),
        Arguments.of("ndtri", ndtri, -0f, -INF),
        Arguments.of("ndtri", ndtri, 0.5f, 0f),
        Arguments.of("ndtri", ndtri, 1f, INF),
        Arguments.of("ndtri", ndtri, -Float.MIN_VALUE, NAN),
        Arguments.of("ndtri", ndtri, 1.5f, NAN),
        Arguments.of("ndtri", ndtri, INF, NAN),
        Arguments.of("ndtri", ndtri, -INF, NAN),
        Arguments.of("ndtri", ndtri, NAN, NAN));
  }

  @ParameterizedTest(name = "{0}({2}) = {3}")
  @MethodSource("specials")
  void specialValues(String name, UnaryOperator<Term> function, float x, float expected) {
    assertEquals(expected, Lanes.of(DType.FLOAT32, function).apply(new float[] {x})[0]);
    assertEquals(expected, Lanes.of(DType.FLOAT64, function).apply(new double[] {x})[0]);
  }

  /** The last argument with a finite or nonzero result, and the next. */
  @Test
  void expOverflowsAndUnderflowsWhereTheExactResultDoes() {
    Lanes float32 = Lanes.of(DType.FLOAT32, Transcendental::exp);
    assertArrayEquals(
        new float[] {0x1.ffff08p127f, INF, Float.MIN_VALUE, 0},
        float32.apply(88.72283f, 88.72284f, -103.97208f, -103.972084f));
    Lanes float64 = Lanes.of(DType.FLOAT64, Transcendental::exp);
    assertArrayEquals(
        new double[] {0x1.fffffffffff2ap1023, INF, Double.MIN_VALUE, 0},
        float64.apply(709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412));
  }

  @Test
  void tanhIsOddToTheBit() {
    float[] x = new float[100_000];
    float[] opposite = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.intBitsToFloat(20_011 * i);
      opposite[i] = -x[i];
    }
    Lanes tanh = Lanes.of(DType.FLOAT32, Transcendental::tanh);
    float[] expected = tanh.apply(x);
    for (int i = 0; i < x.length; i++) {
      expected[i] = -expected[i];
    }
    assertArrayEquals(expected, tanh.apply(opposite));
  }

  /** The tests stand on {@link Lanes}; kernels are compared with {@link Body#evaluate}. */
  @ParameterizedTest
  @EnumSource
  void lanesAgreeWithEvaluate(Function function) {
    Random random = new Random(SEED);
    Lanes float32 = function.lanes(DType.FLOAT32);
    Lanes float64 = function.lanes(DType.FLOAT64);
    for (int i = 0; i < 500; i++) {
      float x = i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : random.nextFloat(-3, 3);
      assertEquals(
          float32.body().evaluate(List.of(x)).getFirst(), float32.apply(new float[] {x})[0]);
      assertEquals(
          float64.body().evaluate(List.of((double) x)).getFirst(),
          float64.apply(new double[] {x})[0]);
    }
  }

  /** What a kernel pays; raise a number only with a reason. */
  @Test
  void instructionCounts() {
    List<UnaryOperator<Term>> functions =
        List.of(
            Transcendental::exp, Transcendental::log, Transcendental::tanh, Transcendental::ndtri);
    assertEquals(
        List.of(20L, 29L, 34L, 68L),
        functions.stream().map(f -> Lanes.of(DType.FLOAT32, f).operations()).toList());
    assertEquals(
        List.of(25L, 33L, 41L, 98L),
        functions.stream().map(f -> Lanes.of(DType.FLOAT64, f).operations()).toList());
    BodyBuilder builder = new BodyBuilder();
    Body philox = builder.build(Transcendental.philox(inputs(builder, 4), inputs(builder, 2)));
    assertEquals(136, new Lanes(philox).operations());
  }

  @Test
  void integersAreRefused() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.INT32);
    assertEquals(
        "exp: int32 is no float dtype; convert to float32 or float64 first",
        assertThrows(IllegalArgumentException.class, () -> Transcendental.exp(x)).getMessage());
  }

  /** The known answers that Random123 comes with (kat_vectors). */
  static List<Arguments> philox() {
    return List.of(
        Arguments.of(
            "00000000 00000000 00000000 00000000",
            "00000000 00000000",
            "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        Arguments.of(
            "ffffffff ffffffff ffffffff ffffffff",
            "ffffffff ffffffff",
            "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        Arguments.of(
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1"));
  }

  @ParameterizedTest
  @MethodSource("philox")
  void philoxGivesTheKnownAnswers(String counter, String key, String expected) {
    BodyBuilder builder = new BodyBuilder();
    Body body = builder.build(Transcendental.philox(inputs(builder, 4), inputs(builder, 2)));
    List<Object> words =
        Stream.of((counter + " " + key).split(" "))
            .map(w -> (Object) Long.parseLong(w, 16))
            .toList();
    assertEquals(
        expected,
        body.evaluate(words).stream()
            .map(word -> String.format(Locale.ROOT, "%08x", (long) word))
            .reduce((a, b) -> a + " " + b)
            .orElseThrow());
  }

  @Test
  void philoxSaysWhatIsWrong() {
    BodyBuilder builder = new BodyBuilder();
    Term[] three = inputs(builder, 3);
    Term[] two = inputs(builder, 2);
    assertEquals(
        "philox: counter has 3 words: pass 4",
        assertThrows(IllegalArgumentException.class, () -> Transcendental.philox(three, two))
            .getMessage());
    Term[] narrow = {two[0], builder.input(DType.INT32)};
    assertEquals(
        "philox: a word of the key is int32: convert to int64 first",
        assertThrows(
                IllegalArgumentException.class,
                () -> Transcendental.philox(inputs(builder, 4), narrow))
            .getMessage());
  }

  private static Term[] inputs(BodyBuilder builder, int count) {
    return IntStream.range(0, count).mapToObj(i -> builder.input(DType.INT64)).toArray(Term[]::new);
  }
}
