package org.cotangent.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.type.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions between narrow dtypes and the others, against exact comparisons of decimals. */
class NarrowTest {
  private static final long SEED = 20_261_125;

  private static Body convert(DType from, DType to) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(from).convert(to));
  }

  private static Object converted(Body body, Object value) {
    return body.evaluate(List.of(value)).getFirst();
  }

  private static double real(Object value) {
    return value instanceof Boolean b ? (b ? 1 : 0) : ((Number) value).doubleValue();
  }

  /** All 65,536 bit patterns become the float that they stand for, and come back. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void everyHalfIsExactInFloat32(DType half) {
    Body widen = convert(half, DType.FLOAT32);
    Body narrow = convert(DType.FLOAT32, half);
    for (int bits = 0; bits < 1 << 16; bits++) {
      Object value = half.value(bits);
      Object wide = converted(widen, value);
      assertEquals(expected(half, bits), real(wide), "bits " + bits);
      assertEquals(value, converted(narrow, wide), "bits " + bits);
    }
  }

  /** What IEEE 754 says of sign, exponent and fraction. */
  private static double expected(DType half, int bits) {
    int fractionBits = half == DType.FLOAT16 ? 10 : 7;
    int bias = half == DType.FLOAT16 ? 15 : 127;
    int fraction = bits & ((1 << fractionBits) - 1);
    int exponent = (bits & 0x7fff) >> fractionBits;
    double sign = bits < 1 << 15 ? 1 : -1;
    if (exponent == 2 * bias + 1) {
      return fraction == 0 ? sign / 0 : Double.NaN;
    }
    int leading = exponent == 0 ? 0 : 1 << fractionBits;
    int scale = Math.max(exponent, 1) - bias - fractionBits;
    return sign * Math.scalb((double) (leading + fraction), scale);
  }

  private static Stream<Object> numbers(DType dtype, DType half) {
    Random random = new Random(SEED);
    if (dtype.isInteger()) {
      return LongStream.concat(
              LongStream.of(0, 1, -1, 65519, 65520, (1L << 62) + (1L << 54) + 1, Long.MAX_VALUE),
              random.longs(20_000).map(bits -> bits >> (int) (bits & 63)))
          .mapToObj(dtype::value);
    }
    // Halfway between neighbours, and as near to that as the dtype gets.
    return random
        .ints(10_000)
        .boxed()
        .flatMap(bits -> {
          double middle =
              (real(half.value(bits & 0x7fff)) + real(half.value((bits & 0x7fff) + 1))) / 2;
          double signed = bits < 0 ? -middle : middle;
          return dtype == DType.FLOAT32
              ? Stream.of(
                  (float) signed,
                  Math.nextUp((float) signed),
                  Math.nextDown((float) signed),
                  Float.intBitsToFloat(bits))
              : Stream.of(
                  signed,
                  Math.nextUp(signed),
                  Math.nextDown(signed),
                  Double.longBitsToDouble(bits * 0x9E3779B97F4A7C15L));
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void halvesAreTheNearest(DType from) {
    for (DType half : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      Body narrow = convert(from, half);
      numbers(from, half)
          .forEach(value -> {
            Object rounded = converted(narrow, value);
            assertNearest(half, value, rounded);
            if (value instanceof Number number && !(value instanceof Long)) {
              assertEquals(half.rounded(number.doubleValue()), rounded, "of " + value);
            }
          });
    }
  }

  private static void assertNearest(DType half, Object value, Object rounded) {
    String message = half + " " + rounded + " of " + value;
    if (!Double.isFinite(real(value))) {
      assertEquals(real(value), real(rounded), message);
      return;
    }
    BigDecimal exact = new BigDecimal(value.toString());
    if (value instanceof Float || value instanceof Double) {
      exact = new BigDecimal(real(value));
    }
    // An infinity stands where the next number would: its distance decides as any other's.
    BigDecimal distance = exact.subtract(position(half, half.bits(rounded))).abs();
    for (int step : new int[] {-1, 1}) {
      int magnitude = (int) (half.bits(rounded) & 0x7fff) + step;
      long sign = half.bits(rounded) & 0x8000;
      if (magnitude < 0 || magnitude > half.bits(Float.POSITIVE_INFINITY)) {
        continue;
      }
      BigDecimal other = exact.subtract(position(half, sign | magnitude)).abs();
      int order = distance.compareTo(other);
      boolean even = (half.bits(rounded) & 1) == 0;
      assertTrue(order < 0 || (order == 0 && even), message);
    }
  }

  private static BigDecimal position(DType half, long bits) {
    double value = real(half.value(bits));
    if (Double.isInfinite(value)) {
      return new BigDecimal(Math.copySign(half == DType.FLOAT16 ? 0x1p16 : 0x1p128, value));
    }
    return new BigDecimal(value);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT16", "UINT8"})
  void integersWrapAndFloatsSaturate(DType narrow) {
    Random random = new Random(SEED);
    long low = narrow.smallestInteger();
    long high = narrow.largestInteger();
    for (int i = 0; i < 10_000; i++) {
      long whole = random.nextLong() >> random.nextInt(64);
      long wrapped = Math.floorMod(whole - low, high - low + 1) + low;
      assertEquals((int) wrapped, converted(convert(DType.INT64, narrow), whole));
      assertEquals(
          (int) (Math.floorMod((int) whole - low, high - low + 1) + low),
          converted(convert(DType.INT32, narrow), (int) whole));
      float real = (float) (random.nextGaussian() * 200);
      long truncated = Math.max(low, Math.min(high, (long) real));
      assertEquals((int) truncated, converted(convert(DType.FLOAT32, narrow), real));
      assertEquals((int) truncated, converted(convert(DType.FLOAT64, narrow), (double) real));
      assertEquals((float) wrapped, converted(convert(narrow, DType.FLOAT32), (int) wrapped));
      assertEquals(wrapped != 0, converted(convert(narrow, DType.BOOL), (int) wrapped));
    }
    assertEquals(0, converted(convert(DType.FLOAT32, narrow), Float.NaN));
    assertEquals((int) high, converted(convert(DType.FLOAT64, narrow), Double.POSITIVE_INFINITY));
    assertEquals((int) low, converted(convert(DType.FLOAT32, narrow), -1e30f));
    assertEquals(1, converted(convert(DType.BOOL, narrow), true));
  }
}
