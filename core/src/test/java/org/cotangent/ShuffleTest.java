package org.cotangent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.cotangent.numpy.RealNumPy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Orders of rows. Seeds are fixed, so whatever is found here is always found. */
class ShuffleTest {
  private static long[] order(long rows, long seed, long epoch) {
    return LongStream.range(0, rows).map(new Shuffle(rows, seed, epoch)).toArray();
  }

  @Test
  void eachRowComesOnce() {
    List<Long> counts = LongStream.rangeClosed(1, 300).boxed().collect(Collectors.toList());
    counts.addAll(List.of(1023L, 1024L, 1025L, 65_535L, 65_536L, 65_537L, 1_000_003L));
    for (long rows : counts) {
      for (long seed : new long[] {0, 1, -1, Long.MIN_VALUE}) {
        long[] order = order(rows, seed, rows % 3);
        Arrays.sort(order);
        assertArrayEquals(LongStream.range(0, rows).toArray(), order, rows + " rows");
      }
    }
  }

  /** Counts that nobody can hold an array of: places give rows, and different ones. */
  @ParameterizedTest
  @ValueSource(longs = {(1L << 31) + 11, 1L << 32, (1L << 40) + 1, 1L << 60, Long.MAX_VALUE >> 3})
  void moreRowsThanAnArrayHolds(long rows) {
    Shuffle shuffle = new Shuffle(rows, 5, 0);
    long[] found =
        LongStream.range(0, 100_000)
            .map(i -> shuffle.applyAsLong(i % 2 == 0 ? i : rows - i))
            .toArray();
    assertTrue(Arrays.stream(found).allMatch(row -> row >= 0 && row < rows));
    assertEquals(100_000, Arrays.stream(found).distinct().count());
    long[] bins = new long[64];
    Arrays.stream(found).forEach(row -> bins[(int) (row / (rows / 64 + 1))]++);
    assertUniform(bins);
  }

  /** The bits, by another implementation. */
  @Test
  void theOrderIsSpecifiedToTheBit() throws Exception {
    assertEquals("[5, 2, 0, 3, 6, 7, 4, 8, 1, 9]", Arrays.toString(order(10, 42, 0)));
    List<String> mine = new ArrayList<>();
    for (long rows : new long[] {1, 2, 5, 64, 1000}) {
      for (long seed : new long[] {0, -3, 1L << 62}) {
        for (long epoch : new long[] {0, 1, -7}) {
          mine.add(Arrays.toString(order(rows, seed, epoch)));
        }
      }
    }
    List<String> output =
        RealNumPy.run(
            """
            M = 2**64 - 1
            G = 0x9E3779B97F4A7C15
            def mix(z):
                z &= M
                z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M
                z = (z ^ z >> 27) * 0x94D049BB133111EB & M
                return z ^ z >> 31
            def order(rows, seed, epoch):
                width = max(12, rows.bit_length())
                low_width = (width + 1) // 2
                start = mix(mix(seed + G) + epoch)
                keys = [mix(start + G * (i + 1)) for i in range(10)]
                def permuted(x):
                    low, high = x % 2**low_width, x >> low_width
                    for i, key in enumerate(keys):
                        if i % 2:
                            low = (low ^ mix(key + high)) % 2**low_width
                        else:
                            high = (high ^ mix(key + low)) % 2**(width - low_width)
                    return high << low_width | low
                def walk(x):
                    x = permuted(x)
                    while x >= rows:
                        x = permuted(x)
                    return x
                return [walk(x) for x in range(rows)]
            for rows in 1, 2, 5, 64, 1000:
                for seed in 0, -3, 2**62:
                    for epoch in 0, 1, -7:
                        print(order(rows, seed, epoch))
            """);
    assertEquals(output, mine);
  }

  /**
   * Pearson's statistic of counts that should be equal, as a normal deviate (Wilson and Hilferty).
   */
  private static double deviate(long... counts) {
    double mean = Arrays.stream(counts).average().orElseThrow();
    double statistic = Arrays.stream(counts).mapToDouble(c -> (c - mean) * (c - mean) / mean).sum();
    double freedom = counts.length - 1;
    double spread = 2 / (9 * freedom);
    return (Math.cbrt(statistic / freedom) - (1 - spread)) / Math.sqrt(spread);
  }

  private static void assertUniform(long... counts) {
    double deviate = deviate(counts);
    // One in 15,000 fair ones is further out, on either side: too even is not fair either.
    assertTrue(Math.abs(deviate) < 4, () -> deviate + " " + Arrays.toString(counts));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void allOrdersOfFewRowsAreEquallyFrequent(int rows) {
    Map<String, Long> counts = new HashMap<>();
    long orders = LongStream.rangeClosed(1, rows).reduce(1, (a, b) -> a * b);
    for (long seed = 0; seed < 60 * orders; seed++) {
      counts.merge(Arrays.toString(order(rows, seed, 0)), 1L, Long::sum);
    }
    assertEquals(orders, counts.size());
    assertUniform(counts.values().stream().mapToLong(Long::longValue).toArray());
  }

  /** Each row at each place, over seeds and over epochs of one seed. */
  @ParameterizedTest
  @ValueSource(ints = {7, 32, 50})
  void noPlacePrefersARow(int rows) {
    for (boolean seeds : new boolean[] {true, false}) {
      long[] counts = new long[rows * rows];
      for (int i = 0; i < 2000; i++) {
        long[] order = seeds ? order(rows, i, 3) : order(rows, 3, i);
        for (int place = 0; place < rows; place++) {
          counts[place * rows + (int) order[place]]++;
        }
      }
      // Rows and columns of counts have fixed sums, which makes them a little more even.
      double deviate = deviate(counts);
      double expected = -Math.sqrt(2.0 * (rows - 1) * (rows - 1)) / rows;
      assertTrue(Math.abs(deviate - expected) < 4, rows + ": " + deviate + " vs " + expected);
    }
  }

  /** In a fair shuffle each of these happens once on average, as often as not by Poisson. */
  @Test
  void neighboursFixedPointsAndAgreementsAreByChance() {
    int rows = 1000;
    int trials = 2000;
    double successors = 0;
    double fixed = 0;
    double agreements = 0;
    double descents = 0;
    long[] before = order(rows, 9, -1);
    for (int epoch = 0; epoch < trials; epoch++) {
      long[] order = order(rows, 9, epoch);
      for (int place = 0; place < rows; place++) {
        fixed += order[place] == place ? 1 : 0;
        agreements += order[place] == before[place] ? 1 : 0;
        if (place > 0) {
          successors += order[place] == order[place - 1] + 1 ? 1 : 0;
          descents += order[place] < order[place - 1] ? 1 : 0;
        }
      }
      before = order;
    }
    double spread = 4 * Math.sqrt(trials);
    assertEquals(trials * 0.999, successors, spread);
    assertEquals(trials, fixed, spread);
    assertEquals(trials, agreements, spread);
    // Variance of the number of descents: (n + 1) / 12.
    assertEquals(trials * 499.5, descents, spread * Math.sqrt(1001 / 12.0));
  }

  /** Halves of the permutations are odd; a network without walking has even ones only. */
  @ParameterizedTest
  @ValueSource(ints = {16, 64})
  void halfOfTheOrdersAreOdd(int rows) {
    double[] parities = new double[2];
    for (int seed = 0; seed < 2500; seed++) {
      long[] order = order(rows, seed, 0);
      boolean[] seen = new boolean[rows];
      int cycles = 0;
      for (int start = 0; start < rows; start++) {
        cycles += seen[start] ? 0 : 1;
        for (int at = start; !seen[at]; at = (int) order[at]) {
          seen[at] = true;
        }
      }
      parities[(rows - cycles) % 2]++;
    }
    assertEquals(1250, parities[0], 4 * 25);
  }
}
