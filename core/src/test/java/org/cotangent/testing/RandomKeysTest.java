package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.Backend;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random numbers: the bits against Philox as the paper states it and Random123's known answers, the
 * distributions by fixed seeds, so that a test either holds always or never.
 */
class RandomKeysTest extends OnCpu {
  private static final long[] SEEDS = {0, -1, Long.MIN_VALUE, 0x123456789ABCDEFL};

  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.SCALAR, Shape.of(0), Shape.of(1), Shape.of(7), Shape.of(3, 5), Shape.of(1031));
  }

  private static int word(long seed, long index, int purpose) {
    return Meanings.philox(seed, index / 4, purpose)[(int) (index % 4)];
  }

  private static long pair(long seed, long index, int purpose) {
    return Integer.toUnsignedLong(word(seed, 2 * index, purpose))
        | (long) word(seed, 2 * index + 1, purpose) << 32;
  }

  // ---- bits

  /** The first vector of Random123's kat_vectors for philox4x32 10: counter and key 0. */
  @Test
  void theKnownAnswer() {
    assertArrayEquals(
        new int[] {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8},
        device.key(0).bits(DType.INT32, Shape.of(4)).toIntArray());
    assertArrayEquals(
        new long[] {0xE169C58D6627E8D5L, 0x9B00DBD8BC57AC4CL},
        device.key(0).bits(DType.INT64, Shape.of(2)).toLongArray());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void bitsArePhilox(Shape shape) {
    for (long seed : SEEDS) {
      int[] words = device.key(seed).bits(DType.INT32, shape).toIntArray();
      long[] pairs = device.key(seed).bits(DType.INT64, shape).toLongArray();
      assertEquals(shape.size(), words.length);
      for (int i = 0; i < words.length; i++) {
        assertEquals(word(seed, i, 0), words[i], "seed " + seed + ", element " + i);
        assertEquals(pair(seed, i, 0), pairs[i], "seed " + seed + ", element " + i);
      }
    }
  }

  /** Eager ops are programs: if a number were a part of it, each would be compiled. */
  @Test
  void allNumbersShareAProgram() {
    AtomicInteger loads = new AtomicInteger();
    Backend counting =
        new ForwardingBackend(new ReferenceBackend()) {
          @Override
          public LoadedProgram load(Program program) {
            loads.getAndIncrement();
            return super.load(program);
          }
        };
    try (Device other = Device.with("counting", counting, DeviceOptions.DEFAULT);
        Scope _ = other.open()) {
      List<Key> keys = other.key(7).split(100);
      assertEquals(1, loads.get());
      assertEquals(100, keys.stream().map(key -> key.data().item()).distinct().count());
      assertEquals(device.key(7).fold(99).data().item(), keys.getLast().data().item());
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void uniformNumbersAreTheUpperBits(Shape shape) {
    for (long seed : SEEDS) {
      float[] floats = device.key(seed).uniform(DType.FLOAT32, shape).toFloatArray();
      double[] doubles = device.key(seed).uniform(DType.FLOAT64, shape).toDoubleArray();
      for (int i = 0; i < floats.length; i++) {
        assertEquals((word(seed, i, 0) >>> 8) * 0x1p-24f, floats[i]);
        assertEquals((pair(seed, i, 0) >>> 11) * 0x1p-53, doubles[i]);
      }
    }
  }

  @Test
  void foldedKeysArePhiloxOfAnotherPurpose() {
    for (long seed : SEEDS) {
      for (long number : SEEDS) {
        int[] words = Meanings.philox(seed, number, 1);
        assertEquals(
            Integer.toUnsignedLong(words[0]) | (long) words[1] << 32,
            device.key(seed).fold(number).data().toLongArray()[0]);
      }
    }
  }

  @Test
  void splitKeysAreFoldedKeysAndAllDifferent() {
    Key key = device.key(5);
    List<Key> keys = key.split(300);
    assertEquals(300, keys.size());
    assertEquals(List.of(), key.split(0));
    Set<Long> seen = new HashSet<>(Set.of(5L));
    for (int i = 0; i < keys.size(); i++) {
      long data = keys.get(i).data().toLongArray()[0];
      assertTrue(seen.add(data));
      assertEquals(key.fold(i).data().toLongArray()[0], data);
    }
  }

  // ---- the same bits

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theSameKeyGivesTheSameBitsEagerCompiledAndOnAnyNumberOfThreads(DType dtype) {
    Shape shape = Shape.of(17, 1009);
    Tensor expected = device.key(9).normal(dtype, shape);
    assertSame(expected, device.key(9).normal(dtype, shape));
    try (var program =
        device.compiler().compile((Key key) -> key.normal(dtype, shape).mul(1), device.key(1))) {
      assertSame(expected, program.run(device.key(9)));
      // The key is an input: the program is the same for all.
      assertTrue(
          expected.toHost().data().mismatch(program.run(device.key(8)).toHost().data()) >= 0);
    }
    for (int threads : new int[] {1, 2, 5}) {
      try (Device other = Device.cpu(DeviceOptions.DEFAULT.threads(threads));
          Scope _ = other.open()) {
        assertSame(expected, other.key(9).normal(dtype, shape));
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(-1, expected.toHost().data().mismatch(actual.toHost().data()));
  }

  /** What a draw gives does not depend on what else is drawn, and a prefix not on the length. */
  @Test
  void longerDrawsBeginLikeShorterOnes() {
    float[] some = device.key(3).normal(DType.FLOAT32, Shape.of(10)).toFloatArray();
    float[] more = device.key(3).normal(DType.FLOAT32, Shape.of(5, 20)).toFloatArray();
    assertArrayEquals(some, Arrays.copyOf(more, 10));
  }

  // ---- distributions

  private static double[] draw(Key key, DType dtype, boolean normal, int count) {
    Shape shape = Shape.of(count);
    Tensor drawn = normal ? key.normal(dtype, shape) : key.uniform(dtype, shape);
    return drawn.cast(DType.FLOAT64).toDoubleArray();
  }

  private static double mean(double[] values, DoubleUnaryOperator of) {
    return Arrays.stream(values).map(of).average().orElseThrow();
  }

  /** Kolmogorov and Smirnov's distance between a sample and a distribution, times √n. */
  private static double distance(double[] values, DoubleUnaryOperator distribution) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double largest = 0;
    for (int i = 0; i < sorted.length; i++) {
      double expected = distribution.applyAsDouble(sorted[i]);
      largest = Math.max(largest, Math.abs(expected - (double) i / sorted.length));
      largest = Math.max(largest, Math.abs(expected - (i + 1.0) / sorted.length));
    }
    return largest * Math.sqrt(sorted.length);
  }

  /** The normal distribution function, by Abramowitz and Stegun 7.1.26: to 1e-7. */
  private static double normalDistribution(double x) {
    double z = Math.abs(x) / Math.sqrt(2);
    double t = 1 / (1 + 0.3275911 * z);
    double tail =
        t
            * (0.254829592
                + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
            * Math.exp(-z * z)
            / 2;
    return x < 0 ? tail : 1 - tail;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void uniformNumbersAreUniform(DType dtype) {
    int count = 1 << 16;
    for (long seed : SEEDS) {
      double[] values = draw(device.key(seed), dtype, false, count);
      assertTrue(Arrays.stream(values).allMatch(x -> x >= 0 && x < 1));
      // Four standard deviations of each mean.
      assertEquals(0.5, mean(values, x -> x), 4 * Math.sqrt(1 / 12.0 / count));
      assertEquals(1 / 3.0, mean(values, x -> x * x), 4 * Math.sqrt(4 / 45.0 / count));
      assertTrue(distance(values, x -> x) < 1.95, "Kolmogorov-Smirnov, 0.1 %");
      int[] bins = new int[256];
      for (double x : values) {
        bins[(int) (x * bins.length)]++;
      }
      double expected = (double) count / bins.length;
      double square =
          Arrays.stream(bins).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
      assertEquals(255, square, 4 * Math.sqrt(2 * 255), "chi-square");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void normalNumbersAreNormal(DType dtype) {
    int count = 1 << 16;
    for (long seed : SEEDS) {
      double[] values = draw(device.key(seed), dtype, true, count);
      assertTrue(Arrays.stream(values).allMatch(Double::isFinite));
      assertEquals(0, mean(values, x -> x), 4 / Math.sqrt(count));
      assertEquals(1, mean(values, x -> x * x), 4 * Math.sqrt(2.0 / count));
      assertEquals(0, mean(values, x -> x * x * x), 4 * Math.sqrt(15.0 / count));
      assertEquals(3, mean(values, x -> x * x * x * x), 4 * Math.sqrt(96.0 / count));
      assertTrue(distance(values, RandomKeysTest::normalDistribution) < 1.95, "0.1 %");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7})
  void streamsOfDifferentKeysAreNotCorrelated(long seed) {
    int count = 1 << 16;
    Key key = device.key(seed);
    List<Key> keys =
        List.of(key, device.key(seed + 1), key.fold(0), key.fold(1), key.fold(0).fold(1));
    List<double[]> streams =
        keys.stream().map(each -> draw(each, DType.FLOAT32, true, count)).toList();
    for (int i = 0; i < streams.size(); i++) {
      for (int k = 0; k < i; k++) {
        double[] a = streams.get(i);
        double[] b = streams.get(k);
        double sum = 0;
        for (int n = 0; n < count; n++) {
          sum += a[n] * b[n];
        }
        assertEquals(0, sum / count, 4 / Math.sqrt(count), "streams " + i + " and " + k);
      }
    }
  }
}
