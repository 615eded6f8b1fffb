package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Distributions by fixed seeds, so that a test either holds always or never. Thresholds are those
 * of Kolmogorov and Smirnov, and of chi-square, that one right sample in 1,000 exceeds.
 */
class RandomDrawsTest extends OnCpu {
  private static final long[] SEEDS = {0, -1, 0x123456789ABCDEFL};
  private static final int COUNT = 1 << 16;

  private static void assertDistributed(double[] values, DoubleUnaryOperator distribution) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double largest = 0;
    for (int i = 0; i < sorted.length; i++) {
      double expected = distribution.applyAsDouble(sorted[i]);
      largest = Math.max(largest, Math.abs(expected - (double) i / sorted.length));
      largest = Math.max(largest, Math.abs(expected - (i + 1.0) / sorted.length));
    }
    assertTrue(largest * Math.sqrt(sorted.length) < 1.95, "distance " + largest);
  }

  private static void assertFrequencies(double[] probabilities, long[] positions) {
    long[] seen = new long[probabilities.length];
    for (long position : positions) {
      seen[(int) position]++;
    }
    double square = 0;
    int classes = 0;
    for (int i = 0; i < seen.length; i++) {
      double expected = probabilities[i] * positions.length;
      if (expected == 0) {
        assertEquals(0, seen[i]);
      } else {
        square += (seen[i] - expected) * (seen[i] - expected) / expected;
        classes++;
      }
    }
    // Wilson and Hilferty: the cube root is near normal, of which 3.09 cuts off 0.1 %.
    int freedom = classes - 1;
    double cut = 1 - 2.0 / 9 / freedom + 3.09 * Math.sqrt(2.0 / 9 / freedom);
    assertTrue(square < freedom * cut * cut * cut, "chi-square " + square + " of " + freedom);
  }

  private static double[] doubles(Tensor x) {
    return x.cast(DType.FLOAT64).toDoubleArray();
  }

  // ---- narrow floats

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void narrowUniformsAreTheUpperBits(DType dtype) {
    int digits = dtype == DType.FLOAT16 ? 11 : 8;
    int[] bits = device.key(3).bits(DType.INT32, Shape.of(COUNT)).toIntArray();
    double[] values = doubles(device.key(3).uniform(dtype, Shape.of(COUNT)));
    for (int i = 0; i < COUNT; i++) {
      assertEquals(Math.scalb((double) (bits[i] >>> (32 - digits)), -digits), values[i]);
    }
    assertArrayEquals(
        doubles(device.key(3).normal(DType.FLOAT32, Shape.of(99)).cast(dtype)),
        doubles(device.key(3).normal(dtype, Shape.of(99))));
  }

  // ---- bernoulli, integers, classes

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-3, 0.3, 0.5, 0.999, 1})
  void trueWithProbability(double p) {
    for (long seed : SEEDS) {
      long[] drawn = device.key(seed).bernoulli(p, Shape.of(COUNT)).cast(DType.INT64).toLongArray();
      if (p == 0 || p == 1) {
        assertTrue(Arrays.stream(drawn).allMatch(x -> x == p));
      } else {
        assertFrequencies(new double[] {1 - p, p}, drawn);
      }
      for (DType dtype : List.of(DType.FLOAT16, DType.FLOAT32, DType.FLOAT64)) {
        Tensor ps = device.full(dtype, p, COUNT);
        double rounded = doubles(ps)[0];
        long[] each = device.key(seed).bernoulli(ps).cast(DType.INT64).toLongArray();
        if (rounded > 0 && rounded < 1) {
          assertFrequencies(new double[] {1 - rounded, rounded}, each);
        }
      }
    }
    assertEquals(
        "[false, false, true]",
        Arrays.toString(
            device
                .key(1)
                .bernoulli(device.tensor(new double[] {Double.NaN, -1, 2}))
                .toBooleanArray()));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, INT8",
    "-3, 4, INT8",
    "-128, 128, INT8",
    "0, 256, UINT8",
    "-5, 1000, INT16",
    "-2147483648, 2147483648, INT32",
    "0, 4294967297, INT64",
    "-9223372036854775808, 9223372036854775807, INT64"
  })
  void integersAreUniform(long low, long high, DType dtype) {
    int bins = (int) Math.min(200, Long.compareUnsigned(high - low, 200) < 0 ? high - low : 200);
    double width = Math.scalb((double) ((high - low) >>> 1), 1) + ((high - low) & 1);
    for (long seed : SEEDS) {
      long[] drawn =
          device
              .key(seed)
              .randint(low, high, dtype, Shape.of(COUNT))
              .cast(DType.INT64)
              .toLongArray();
      double[] probabilities = new double[bins];
      long[] positions = new long[COUNT];
      for (int i = 0; i < COUNT; i++) {
        assertTrue(drawn[i] >= low && drawn[i] < high);
        double offset = (double) drawn[i] - (double) low;
        positions[i] = (long) Math.min(bins - 1, Math.floor(offset * bins / width));
      }
      for (int b = 0; b < bins; b++) {
        double from = Math.ceil(b * width / bins);
        double to = Math.ceil((b + 1) * width / bins);
        probabilities[b] = (to - from) / width;
      }
      if (bins > 1) {
        assertFrequencies(probabilities, positions);
      }
    }
  }

  /** The low digits too: a product of words and not a remainder of few bits. */
  @Test
  void lowDigitsAreUniform() {
    long[] drawn = device.key(4).randint(0, 3L << 61, DType.INT64, Shape.of(COUNT)).toLongArray();
    double[] equal = new double[16];
    Arrays.fill(equal, 1 / 16.0);
    assertFrequencies(equal, Arrays.stream(drawn).map(x -> x & 15).toArray());
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT32", "FLOAT64"})
  void classesHaveTheirProbabilities(DType dtype) {
    double[] logits = {0, 1, -2, Double.NEGATIVE_INFINITY, 3, 0.5};
    double sum = Arrays.stream(logits).map(Math::exp).sum();
    double[] probabilities = Arrays.stream(logits).map(x -> Math.exp(x) / sum).toArray();
    Tensor lines = device.tensor(logits).cast(dtype).reshape(6, 1).broadcastTo(6, COUNT);
    for (long seed : SEEDS) {
      Tensor drawn = device.key(seed).categorical(lines, 0);
      assertEquals(DType.INT64, drawn.dtype());
      assertFrequencies(probabilities, drawn.toLongArray());
      assertFrequencies(
          probabilities, device.key(seed).categorical(lines.transpose(), -1).toLongArray());
    }
    Tensor none = device.full(dtype, Double.NEGATIVE_INFINITY, 4);
    assertEquals(0, device.key(1).categorical(none, 0).item());
  }

  // ---- permutations

  private static long[] permutation(Key key, long n) {
    try (Scope _ = device.open()) {
      return key.permutation(n).toLongArray();
    }
  }

  /** Each of the 24 orders of four, and each of seven integers at each place. */
  @Test
  void permutationsAreUniform() {
    for (long seed : SEEDS) {
      Key key = device.key(seed);
      int count = 1 << 12;
      long[] orders = new long[count];
      long[][] places = new long[7][count];
      for (int i = 0; i < count; i++) {
        Key each = key.fold(i);
        long[] four = permutation(each, 4);
        for (int a = 0; a < 4; a++) {
          // Lehmer's code: how many of those behind are smaller.
          int place = a;
          long smaller = Arrays.stream(four, a, 4).filter(b -> b < four[place]).count();
          orders[i] = orders[i] * (4 - a) + smaller;
        }
        long[] seven = permutation(each, 7);
        for (int place = 0; place < 7; place++) {
          places[place][i] = seven[place];
        }
      }
      assertFrequencies(equal(24), orders);
      for (long[] place : places) {
        assertFrequencies(equal(7), place);
      }
    }
  }

  private static double[] equal(int classes) {
    double[] probabilities = new double[classes];
    Arrays.fill(probabilities, 1.0 / classes);
    return probabilities;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 64, 65, 1000, COUNT})
  void permutationsHaveEachIntegerOnce(long n) {
    long[] order = permutation(device.key(n), n);
    assertEquals(DType.INT64, device.key(n).permutation(n).dtype());
    assertArrayEquals(LongStream.range(0, n).toArray(), Arrays.stream(order).sorted().toArray());
  }

  /** Parts of the places against parts of the integers. */
  @Test
  void longPermutationsAreUniform() {
    for (long seed : SEEDS) {
      long[] order = permutation(device.key(seed), COUNT);
      int part = COUNT / 16;
      assertFrequencies(
          equal(256),
          IntStream.range(0, COUNT)
              .mapToLong(place -> place / part * 16 + order[place] / part)
              .toArray());
    }
  }

  @Test
  void permutationsShuffle() {
    Tensor x = device.arange(DType.INT64, 12).reshape(6, 2);
    long[] order = permutation(device.key(3), 6);
    long[] rows = x.take(device.key(3).permutation(6), 0).toLongArray();
    for (int i = 0; i < 6; i++) {
      assertEquals(2 * order[i], rows[2 * i]);
      assertEquals(2 * order[i] + 1, rows[2 * i + 1]);
    }
  }

  // ---- gamma

  /** The regularised incomplete gamma function, by its series: all terms are positive. */
  private static double gammaDistribution(double a, double x) {
    if (x <= 0) {
      return 0;
    }
    if (x > a + 60 + 12 * Math.sqrt(a)) {
      return 1;
    }
    double term = 1;
    double sum = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return sum * Math.exp(a * Math.log(x) - x - logGamma(a + 1));
  }

  /** Stirling's series from 20 on. */
  private static double logGamma(double x) {
    double shift = 0;
    double y = x;
    while (y < 20) {
      shift += Math.log(y);
      y++;
    }
    double series = 1 / (12 * y) - 1 / (360 * y * y * y) + 1 / (1260 * Math.pow(y, 5));
    return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - shift;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.999, 1, 1.5, 4, 30, 1000, 3e5})
  void gammaNumbersAreDistributed(double a) {
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
      for (long seed : SEEDS) {
        Tensor parameters = device.full(dtype, a, COUNT / 8);
        double exact = doubles(parameters)[0];
        double[] values = doubles(device.key(seed).gamma(parameters));
        assertTrue(Arrays.stream(values).allMatch(x -> x >= 0 && Double.isFinite(x)));
        assertDistributed(values, x -> gammaDistribution(exact, x));
      }
    }
  }

  @Test
  void gammaAtTheEnds() {
    double[] a = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-30, 1e12};
    double[] drawn = device.key(2).gamma(device.tensor(a)).toDoubleArray();
    assertTrue(Double.isNaN(drawn[0]) && Double.isNaN(drawn[1]) && Double.isNaN(drawn[2]));
    assertEquals(Double.POSITIVE_INFINITY, drawn[3]);
    assertEquals(0, drawn[4]);
    assertEquals(1e12, drawn[5], 6e6);
    // In float32 large parameters are as spread as they should be: by their root.
    double[] large = doubles(device.key(2).gamma(device.full(DType.FLOAT32, 1e8, COUNT)));
    double deviation =
        Math.sqrt(Arrays.stream(large).map(x -> (x - 1e8) * (x - 1e8)).average().orElseThrow());
    assertEquals(1e4, deviation, 4 * 1e4 / Math.sqrt(2 * COUNT));
    assertEquals(DType.FLOAT16, device.key(2).gamma(device.full(DType.FLOAT16, 2, 3)).dtype());
    assertEquals(0, device.key(2).gamma(device.zeros(DType.FLOAT32, 0)).size());
    assertEquals(
        0, Cotangent.grad((Tensor p) -> device.key(2).gamma(p).sum(), device.scalar(2)).item());
  }

  // ---- truncated normal

  /** A series about 0 where x is small, else Simpson's rule over the tail. */
  private static double mass(double from, double to) {
    double end = Math.min(to, Math.max(from, 0) + 12);
    double start = Math.max(from, Math.min(end, 0) - 12);
    int steps = 600;
    double width = (end - start) / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double x = start + i * width;
      sum +=
          (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp((start * start - x * x) / 2);
    }
    return sum * width / 3 * Math.exp(-start * start / 2);
  }

  @ParameterizedTest
  @CsvSource({
    "-2, 2",
    "-Infinity, Infinity",
    "-1, Infinity",
    "-Infinity, 0.5",
    "0, Infinity",
    "1, 1.5",
    "6, Infinity",
    "-9, -8.5",
    "3, 20",
    "-0.01, 0.02"
  })
  void truncatedNumbersAreDistributed(double low, double high) {
    double whole = mass(low, high);
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
      for (long seed : SEEDS) {
        // Fewer, for Simpson's rule at each.
        double[] values =
            doubles(device.key(seed).truncatedNormal(low, high, dtype, Shape.of(2048)));
        double least = dtype == DType.FLOAT32 ? (float) low : low;
        double most = dtype == DType.FLOAT32 ? (float) high : high;
        assertTrue(Arrays.stream(values).allMatch(x -> x >= least && x <= most));
        assertTrue(Arrays.stream(values).allMatch(Double::isFinite));
        assertDistributed(values, x -> x <= low ? 0 : mass(low, x) / whole);
      }
    }
  }

  @Test
  void truncatedFarOut() {
    double[] far =
        device
            .key(1)
            .truncatedNormal(30, Double.POSITIVE_INFINITY, DType.FLOAT64, Shape.of(2048))
            .toDoubleArray();
    // Nearly exponential, of rate 30.
    double mean = Arrays.stream(far).average().orElseThrow();
    assertEquals(30 + 1 / 30.0, mean, 4 / 30.0 / Math.sqrt(2048));
    double[] half = doubles(device.key(1).truncatedNormal(-1, 1, DType.FLOAT16, Shape.of(2048)));
    assertTrue(Arrays.stream(half).allMatch(x -> x >= -1 && x <= 1));
  }

  // ---- the same bits

  private static List<Tensor> draws(Key key) {
    Tensor line = key.data().device().full(DType.FLOAT32, 0.7, 1009);
    return List.of(
        key.bernoulli(0.3, Shape.of(1009)),
        key.randint(-5, 1L << 40, DType.INT64, Shape.of(1009)),
        key.categorical(line.reshape(1009, 1).broadcastTo(1009, 3), 1),
        key.gamma(line),
        key.permutation(1009),
        key.truncatedNormal(-1, 3, DType.FLOAT32, Shape.of(1009)),
        key.normal(DType.BFLOAT16, Shape.of(1009)));
  }

  @Test
  void theSameKeyGivesTheSameBitsOnAnyNumberOfThreads() {
    List<Tensor> expected = draws(device.key(9));
    List<Tensor> others = draws(device.key(10));
    try (Device other = Device.cpu(DeviceOptions.DEFAULT.threads(3));
        Scope _ = other.open()) {
      List<Tensor> again = draws(other.key(9));
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(
            -1, expected.get(i).toHost().data().mismatch(again.get(i).toHost().data()), "" + i);
        assertFalse(expected.get(i).toHost().data().mismatch(others.get(i).toHost().data()) < 0);
      }
    }
  }

  /** The rounds of a draw use none of the numbers that keys of users' folds give. */
  @Test
  void roundsAreIndependentOfSmallFolds() {
    Key key = device.key(6);
    double[] drawn = doubles(key.gamma(device.full(DType.FLOAT64, 50, COUNT)));
    for (int fold = 0; fold < 20; fold++) {
      double[] normal = doubles(key.fold(fold).normal(DType.FLOAT64, Shape.of(COUNT)));
      double sum = 0;
      for (int i = 0; i < COUNT; i++) {
        sum += (drawn[i] - 50) / Math.sqrt(50) * normal[i];
      }
      assertEquals(0, sum / COUNT, 4 / Math.sqrt(COUNT), "fold " + fold);
    }
  }

  // ---- mistakes

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Key key = device.key(1);
    Shape shape = Shape.of(3);
    Tensor floats = device.zeros(DType.FLOAT32, 3);
    Tensor ints = device.zeros(DType.INT32, 3);
    return FaceErrors.tests(
        List.of(
            row(
                ArgumentException.class,
                "bernoulli: 1.5 is no probability; pass 0 to 1",
                () -> key.bernoulli(1.5, shape)),
            row(
                ArgumentException.class,
                "bernoulli: NaN is no probability; pass 0 to 1",
                () -> key.bernoulli(Double.NaN, shape)),
            row(
                DTypeException.class,
                "bernoulli: int32(3,) is not a float tensor; cast it to float32",
                () -> key.bernoulli(ints)),
            row(
                DTypeException.class,
                "gamma: int32(3,) is not a float tensor; cast it to float32",
                () -> key.gamma(ints)),
            row(
                DTypeException.class,
                "categorical: int32(3,) is not a float tensor; cast it to float32",
                () -> key.categorical(ints, 0)),
            row(
                ShapeException.class,
                "categorical: axis 1 is out of range for shape (3,) of rank 1",
                () -> key.categorical(floats, 1)),
            row(
                ArgumentException.class,
                "randint: no integer is from 3 to below 3; pass low < high",
                () -> key.randint(3, 3, DType.INT32, shape)),
            row(
                ArgumentException.class,
                "randint: uint8 has not all of -1 to 9; pass int64",
                () -> key.randint(-1, 10, DType.UINT8, shape)),
            row(
                ArgumentException.class,
                "randint: int8 has not all of 0 to 128; pass int64",
                () -> key.randint(0, 129, DType.INT8, shape)),
            row(
                DTypeException.class,
                "randint: float32 is no integer dtype; draw int64 and cast",
                () -> key.randint(0, 2, DType.FLOAT32, shape)),
            row(
                ArgumentException.class,
                "permutation: -1 is negative; pass how many integers",
                () -> key.permutation(-1)),
            row(
                ShapeException.class,
                "permutation: axis 0 of int64(4294967296,) is longer than 2147483639; sort parts"
                    + " of it",
                () -> key.permutation(1L << 32)),
            row(
                ArgumentException.class,
                "truncatedNormal: 2.0 is not below 2.0; pass low < high",
                () -> key.truncatedNormal(2, 2, DType.FLOAT32, shape)),
            row(
                ArgumentException.class,
                "truncatedNormal: from 12.0 to 13.0 the normal distribution has probability below"
                    + " 1.0E-30, too small for float32; draw float64 and cast",
                () -> key.truncatedNormal(12, 13, DType.FLOAT32, shape)),
            row(
                DTypeException.class,
                "truncatedNormal: bool is no float dtype; draw float32 or float64 and cast",
                () -> key.truncatedNormal(0, 1, DType.BOOL, shape))),
        device);
  }
}
