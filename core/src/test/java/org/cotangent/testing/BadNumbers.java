package org.cotangent.testing;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.type.Shape;

/** Numbers, arrays of them, shapes and texts that may be wrong. */
final class BadNumbers {
  private static final long MANY = 1L << 40;

  private BadNumbers() {}

  static Stream<Bad> ints() {
    return longs(-1, 0, 3, 1000, Integer.MIN_VALUE, Integer.MAX_VALUE)
        .map(bad -> bad.then(it -> ((Long) it).intValue()));
  }

  static Stream<Bad> longs() {
    return longs(-1, 0, 3, 1000, Integer.MAX_VALUE, MANY, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static Stream<Bad> longs(long... values) {
    return LongStream.of(values)
        .mapToObj(it -> Bad.of(it + "", () -> it, it + "", (double) it + ""));
  }

  static Stream<Bad> doubles() {
    return DoubleStream.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            -1,
            0,
            0.5,
            1,
            2,
            1e300,
            -1e300,
            Double.MIN_VALUE)
        .mapToObj(it -> Bad.of(it + "", () -> it, it + ""));
  }

  static Stream<Bad> longArrays() {
    return Stream.of(
            new long[] {},
            new long[] {0},
            new long[] {-1},
            new long[] {-1, -1},
            new long[] {5},
            new long[] {2, 3},
            new long[] {0, 0},
            new long[] {-1, 0},
            new long[] {1, 1, 1, 1, 1},
            new long[] {MANY},
            new long[] {1L << 32, 1L << 32},
            new long[] {Long.MAX_VALUE},
            new long[] {Long.MIN_VALUE},
            new long[] {Long.MAX_VALUE, Long.MAX_VALUE},
            new long[] {Long.MIN_VALUE, 1, Long.MIN_VALUE, 1},
            new long[] {Long.MAX_VALUE, 0},
            many(1),
            many(2))
        .map(it -> new Bad(Arrays.toString(it), _ -> it.clone(), texts(it)));
  }

  static Stream<Bad> intArrays() {
    return longArrays().map(bad -> bad.then(it -> narrow((long[]) it)));
  }

  private static int[] narrow(long... values) {
    return LongStream.of(values)
        .mapToInt(it -> Math.clamp(it, Integer.MIN_VALUE, Integer.MAX_VALUE))
        .toArray();
  }

  /** Lists of sizes. */
  static Stream<Bad> lists() {
    return longArrays().map(bad -> bad.then(it -> LongStream.of((long[]) it).boxed().toList()));
  }

  static long[] many(long value) {
    return LongStream.generate(() -> value).limit(70).toArray();
  }

  /** The whole, as a list or a shape, one of the numbers, or how many they are. */
  private static List<String> texts(long... values) {
    List<String> texts = new ArrayList<>(List.of(Arrays.toString(values), values.length + " "));
    for (long value : values) {
      texts.add(value + "");
      texts.add(Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE) + "");
    }
    // Of none there may be nothing to show.
    return values.length == 0 ? List.of() : texts;
  }

  /** Arrays of so many zeros. */
  static Stream<Bad> data(Class<?> element) {
    return Stream.of(0, 1, 3, 5)
        .map(count ->
            Bad.of(count + " values", () -> Array.newInstance(element, count), count + ""));
  }

  static Stream<Bad> shapes() {
    return Stream.of(
            Shape.of(),
            Shape.of(0),
            Shape.of(0, 3),
            Shape.of(3),
            Shape.of(2, 3, 4),
            Shape.of(MANY),
            Shape.of(1L << 30, 1L << 29),
            Shape.of(Long.MAX_VALUE >> 3),
            Shape.of(many(1)))
        .map(it -> Bad.of(it + "", () -> it, it + "", it.rank() + " ", it.size() + ""));
  }

  static Stream<Bad> texts() {
    return Stream.of("", " ", "\0", "no such thing", "ij,jk->ik->", "->", "i...j", "\u20ac", "%s%n")
        .map(it -> Bad.of("'" + it.replace('\0', '0') + "'", () -> it, it));
  }
}
