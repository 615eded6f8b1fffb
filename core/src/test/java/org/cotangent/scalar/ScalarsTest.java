package org.cotangent.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each primitive's Javadoc says, as literals: operands and result. Objects are compared, so -0
 * is not 0 and NaN is NaN.
 */
class ScalarsTest {
  private static final int LEAST = Integer.MIN_VALUE;
  private static final int MOST = Integer.MAX_VALUE;
  private static final long LEAST_LONG = Long.MIN_VALUE;
  private static final long MOST_LONG = Long.MAX_VALUE;

  private static Arguments row(Object... values) {
    return Arguments.of(values);
  }

  /** Float32 and float64 alike; every number here is exact in both. */
  static Stream<Arguments> floats() {
    double nan = Double.NaN;
    double inf = Double.POSITIVE_INFINITY;
    return Stream.of(
        row(Primitive.ADD, 2.5, List.of(1.0, 1.5)),
        row(Primitive.ADD, nan, List.of(inf, -inf)),
        row(Primitive.ADD, 0.0, List.of(0.0, -0.0)),
        row(Primitive.ADD, -0.0, List.of(-0.0, -0.0)),
        row(Primitive.SUB, -0.5, List.of(1.0, 1.5)),
        row(Primitive.SUB, 0.0, List.of(1.0, 1.0)),
        row(Primitive.SUB, nan, List.of(inf, inf)),
        row(Primitive.MUL, -3.0, List.of(2.0, -1.5)),
        row(Primitive.MUL, -0.0, List.of(0.0, -1.0)),
        row(Primitive.MUL, nan, List.of(0.0, inf)),
        row(Primitive.DIV, 0.375, List.of(1.5, 4.0)),
        row(Primitive.DIV, -inf, List.of(1.0, -0.0)),
        row(Primitive.DIV, nan, List.of(0.0, 0.0)),
        row(Primitive.FMA, 7.0, List.of(2.0, 3.0, 1.0)),
        row(Primitive.FMA, nan, List.of(0.0, inf, 1.0)),
        row(Primitive.FMA, -0.0, List.of(-0.0, 1.0, -0.0)),
        row(Primitive.SQRT, 1.5, List.of(2.25)),
        row(Primitive.SQRT, -0.0, List.of(-0.0)),
        row(Primitive.SQRT, nan, List.of(-1.0)),
        row(Primitive.SQRT, inf, List.of(inf)),
        row(Primitive.NEG, -0.0, List.of(0.0)),
        row(Primitive.NEG, inf, List.of(-inf)),
        row(Primitive.ABS, 0.0, List.of(-0.0)),
        row(Primitive.ABS, inf, List.of(-inf)),
        row(Primitive.ABS, nan, List.of(nan)),
        row(Primitive.MIN, -0.0, List.of(0.0, -0.0)),
        row(Primitive.MIN, nan, List.of(1.0, nan)),
        row(Primitive.MIN, nan, List.of(nan, 1.0)),
        row(Primitive.MIN, -2.0, List.of(1.0, -2.0)),
        row(Primitive.MAX, 0.0, List.of(-0.0, 0.0)),
        row(Primitive.MAX, nan, List.of(inf, nan)),
        row(Primitive.MAX, nan, List.of(nan, inf)),
        row(Primitive.MAX, 1.0, List.of(1.0, -2.0)),
        row(Primitive.RINT, 2.0, List.of(2.5)),
        row(Primitive.RINT, 4.0, List.of(3.5)),
        row(Primitive.RINT, -0.0, List.of(-0.5)),
        row(Primitive.RINT, -inf, List.of(-inf)),
        row(Primitive.RINT, nan, List.of(nan)),
        row(Primitive.FLOOR, -3.0, List.of(-2.5)),
        row(Primitive.FLOOR, -0.0, List.of(-0.0)),
        row(Primitive.FLOOR, 0.0, List.of(0.5)),
        row(Primitive.FLOOR, nan, List.of(nan)),
        row(Primitive.LT, true, List.of(-inf, 1.0)),
        row(Primitive.LT, false, List.of(-0.0, 0.0)),
        row(Primitive.LT, false, List.of(1.0, nan)),
        row(Primitive.LE, true, List.of(0.0, -0.0)),
        row(Primitive.LE, false, List.of(nan, nan)),
        row(Primitive.EQ, true, List.of(-0.0, 0.0)),
        row(Primitive.EQ, true, List.of(inf, inf)),
        row(Primitive.EQ, false, List.of(nan, nan)));
  }

  @ParameterizedTest
  @MethodSource("floats")
  void floatsFollowIeee754(Primitive primitive, Object expected, List<Object> operands) {
    DType float32 = expected instanceof Boolean ? DType.BOOL : DType.FLOAT32;
    DType float64 = expected instanceof Boolean ? DType.BOOL : DType.FLOAT64;
    assertEquals(expected, apply(primitive, float64, operands));
    assertEquals(
        narrowed(expected),
        apply(primitive, float32, operands.stream().map(ScalarsTest::narrowed).toList()));
  }

  private static Object narrowed(Object value) {
    return switch (value) {
      case Double d -> (float) (double) d;
      case Long l -> (int) (long) l;
      default -> value;
    };
  }

  /** Int32 and int64 alike; every number here fits both. */
  static Stream<Arguments> integers() {
    return Stream.of(
        row(Primitive.ADD, 5L, List.of(2L, 3L)),
        row(Primitive.SUB, -1L, List.of(2L, 3L)),
        row(Primitive.MUL, -6L, List.of(2L, -3L)),
        row(Primitive.DIV, -2L, List.of(-7L, 3L)),
        row(Primitive.DIV, -2L, List.of(7L, -3L)),
        row(Primitive.DIV, 0L, List.of(7L, 0L)),
        row(Primitive.REM, -1L, List.of(-7L, 3L)),
        row(Primitive.REM, 1L, List.of(7L, -3L)),
        row(Primitive.REM, 0L, List.of(7L, 0L)),
        row(Primitive.NEG, -7L, List.of(7L)),
        row(Primitive.ABS, 7L, List.of(-7L)),
        row(Primitive.MIN, -7L, List.of(-7L, 3L)),
        row(Primitive.MAX, 3L, List.of(-7L, 3L)),
        row(Primitive.LT, true, List.of(-7L, 3L)),
        row(Primitive.LT, false, List.of(3L, 3L)),
        row(Primitive.LE, true, List.of(3L, 3L)),
        row(Primitive.LE, false, List.of(3L, -7L)),
        row(Primitive.EQ, true, List.of(3L, 3L)),
        row(Primitive.EQ, false, List.of(3L, -3L)),
        row(Primitive.AND, 4L, List.of(12L, 6L)),
        row(Primitive.OR, 14L, List.of(12L, 6L)),
        row(Primitive.XOR, 10L, List.of(12L, 6L)),
        row(Primitive.NOT, -13L, List.of(12L)),
        row(Primitive.SHL, 48L, List.of(12L, 2L)),
        row(Primitive.SHR, -2L, List.of(-7L, 2L)),
        row(Primitive.USHR, 3L, List.of(12L, 2L)));
  }

  @ParameterizedTest
  @MethodSource("integers")
  void integersAreTwosComplement(Primitive primitive, Object expected, List<Object> operands) {
    DType narrow = expected instanceof Boolean ? DType.BOOL : DType.INT32;
    DType wide = expected instanceof Boolean ? DType.BOOL : DType.INT64;
    assertEquals(expected, apply(primitive, wide, operands));
    assertEquals(
        narrowed(expected),
        apply(primitive, narrow, operands.stream().map(ScalarsTest::narrowed).toList()));
  }

  /** What depends on the dtype: rounding, wrapping, widths, bools and conversions. */
  static Stream<Arguments> limits() {
    return Stream.of(
        row(Primitive.ADD, DType.FLOAT32, 0x1p24f, List.of(0x1p24f, 1f)),
        row(Primitive.ADD, DType.FLOAT64, 0x1p53, List.of(0x1p53, 1.0)),
        row(Primitive.ADD, DType.FLOAT32, Float.MIN_VALUE, List.of(Float.MIN_VALUE, 0f)),
        row(Primitive.MUL, DType.FLOAT32, Float.MIN_VALUE, List.of(0x1p-126f, 0x1p-23f)),
        row(Primitive.MUL, DType.FLOAT32, Float.POSITIVE_INFINITY, List.of(0x1p127f, 2f)),
        row(Primitive.DIV, DType.FLOAT32, 0x1.555556p-2f, List.of(1f, 3f)),
        // (1 + u)^2 - (1 + 2 u) is u^2, which a product rounded first would lose.
        row(Primitive.FMA, DType.FLOAT32, 0x1p-46f, fma(1 + 0x1p-23f, -1 - 0x1p-22f)),
        row(Primitive.FMA, DType.FLOAT64, 0x1p-104, fma(1 + 0x1p-52, -1 - 0x1p-51)),
        // The exact sum is just below a tie of float32, on which a sum in float64 would land.
        row(
            Primitive.FMA,
            DType.FLOAT32,
            0x1.000002p0f,
            List.of(0x1.000002p-12f, 0x1.fffffcp-13f, 0x1.000002p0f)),
        row(Primitive.SQRT, DType.FLOAT32, 0x1.6a09e6p0f, List.of(2f)),
        row(Primitive.SQRT, DType.FLOAT64, 0x1.6a09e667f3bcdp0, List.of(2.0)),
        row(Primitive.RINT, DType.FLOAT32, 0x1.fffffep127f, List.of(Float.MAX_VALUE)),
        row(Primitive.ADD, DType.INT32, LEAST, List.of(MOST, 1)),
        row(Primitive.ADD, DType.INT64, LEAST_LONG, List.of(MOST_LONG, 1L)),
        row(Primitive.SUB, DType.INT32, MOST, List.of(LEAST, 1)),
        row(Primitive.MUL, DType.INT32, LEAST, List.of(0x10000, 0x18000)),
        row(Primitive.DIV, DType.INT32, LEAST, List.of(LEAST, -1)),
        row(Primitive.DIV, DType.INT64, LEAST_LONG, List.of(LEAST_LONG, -1L)),
        row(Primitive.REM, DType.INT32, 0, List.of(LEAST, -1)),
        row(Primitive.NEG, DType.INT32, LEAST, List.of(LEAST)),
        row(Primitive.ABS, DType.INT64, LEAST_LONG, List.of(LEAST_LONG)),
        row(Primitive.SHL, DType.INT32, 2, List.of(1, 33)),
        row(Primitive.SHL, DType.INT64, 0x200000000L, List.of(1L, 33L)),
        row(Primitive.SHL, DType.INT64, 2L, List.of(1L, 65L)),
        row(Primitive.SHL, DType.INT32, LEAST, List.of(1, -1)),
        row(Primitive.SHR, DType.INT32, -1, List.of(LEAST, 63)),
        row(Primitive.SHR, DType.INT64, -1L, List.of(LEAST_LONG, 63L)),
        row(Primitive.USHR, DType.INT32, 1, List.of(LEAST, 31)),
        row(Primitive.USHR, DType.INT64, 1L, List.of(LEAST_LONG, 63L)),
        row(Primitive.MIN, DType.BOOL, false, List.of(true, false)),
        row(Primitive.MAX, DType.BOOL, true, List.of(true, false)),
        row(Primitive.LT, DType.BOOL, true, List.of(false, true)),
        row(Primitive.LT, DType.BOOL, false, List.of(true, true)),
        row(Primitive.LE, DType.BOOL, true, List.of(true, true)),
        row(Primitive.LE, DType.BOOL, false, List.of(true, false)),
        row(Primitive.EQ, DType.BOOL, true, List.of(false, false)),
        row(Primitive.EQ, DType.BOOL, false, List.of(false, true)),
        row(Primitive.AND, DType.BOOL, false, List.of(true, false)),
        row(Primitive.OR, DType.BOOL, true, List.of(true, false)),
        row(Primitive.XOR, DType.BOOL, false, List.of(true, true)),
        row(Primitive.NOT, DType.BOOL, false, List.of(true)),
        row(Primitive.SELECT, DType.FLOAT32, 1f, List.of(true, 1f, Float.NaN)),
        row(Primitive.SELECT, DType.FLOAT64, -0.0, List.of(false, 1.0, -0.0)),
        row(Primitive.SELECT, DType.INT32, 1, List.of(true, 1, 2)),
        row(Primitive.SELECT, DType.INT64, 2L, List.of(false, 1L, 2L)),
        row(Primitive.SELECT, DType.BOOL, false, List.of(true, false, true)),
        row(Primitive.CONVERT, DType.FLOAT32, 0x1p24f, List.of(0x1.000001p24)),
        row(Primitive.CONVERT, DType.FLOAT32, Float.POSITIVE_INFINITY, List.of(1e39)),
        row(Primitive.CONVERT, DType.FLOAT32, -0f, List.of(-1e-60)),
        row(Primitive.CONVERT, DType.FLOAT32, Float.NaN, List.of(Double.NaN)),
        row(Primitive.CONVERT, DType.FLOAT64, (double) 0.1f, List.of(0.1f)),
        row(Primitive.CONVERT, DType.FLOAT32, 0x1p24f, List.of((1 << 24) + 1)),
        // Just above a tie of float32, on which float64 would land first and go down to 2^60.
        row(Primitive.CONVERT, DType.FLOAT32, 0x1.000002p60f, List.of((1L << 60) + (1L << 36) + 1)),
        row(Primitive.CONVERT, DType.FLOAT64, 0x1p53, List.of((1L << 53) + 1)),
        row(Primitive.CONVERT, DType.FLOAT64, 1.0, List.of(true)),
        row(Primitive.CONVERT, DType.INT32, -2, List.of(-2.9f)),
        row(Primitive.CONVERT, DType.INT32, 0, List.of(Float.NaN)),
        row(Primitive.CONVERT, DType.INT32, MOST, List.of(3e9f)),
        row(Primitive.CONVERT, DType.INT32, LEAST, List.of(Double.NEGATIVE_INFINITY)),
        row(Primitive.CONVERT, DType.INT64, MOST_LONG, List.of(1e19)),
        row(Primitive.CONVERT, DType.INT64, LEAST_LONG, List.of(-1e19f)),
        row(Primitive.CONVERT, DType.INT64, 0L, List.of(Double.NaN)),
        row(Primitive.CONVERT, DType.INT32, 1, List.of((1L << 32) + 1)),
        row(Primitive.CONVERT, DType.INT64, -5L, List.of(-5)),
        row(Primitive.CONVERT, DType.INT32, 1, List.of(true)),
        row(Primitive.CONVERT, DType.INT64, 0L, List.of(false)),
        row(Primitive.CONVERT, DType.BOOL, true, List.of(Float.MIN_VALUE)),
        row(Primitive.CONVERT, DType.BOOL, true, List.of(Double.NaN)),
        row(Primitive.CONVERT, DType.BOOL, false, List.of(-0.0)),
        row(Primitive.CONVERT, DType.BOOL, true, List.of(256)),
        row(Primitive.CONVERT, DType.BOOL, true, List.of(1L << 32)),
        row(Primitive.BITCAST, DType.INT32, 0x3f800000, List.of(1f)),
        row(Primitive.BITCAST, DType.INT32, LEAST, List.of(-0f)),
        row(Primitive.BITCAST, DType.FLOAT32, -0f, List.of(LEAST)),
        row(Primitive.BITCAST, DType.INT64, 0x3ff0000000000000L, List.of(1.0)),
        row(Primitive.BITCAST, DType.FLOAT64, -0.0, List.of(LEAST_LONG)));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void eachDtypeHasItsOwnLimits(
      Primitive primitive, DType dtype, Object expected, List<Object> operands) {
    assertEquals(expected, apply(primitive, dtype, operands));
  }

  private static Object apply(Primitive primitive, DType dtype, List<Object> operands) {
    Object last = operands.getLast();
    DType operand =
        last instanceof Float
            ? DType.FLOAT32
            : last instanceof Double
                ? DType.FLOAT64
                : last instanceof Integer
                    ? DType.INT32
                    : last instanceof Long ? DType.INT64 : DType.BOOL;
    return Scalars.apply(primitive, operand, dtype, operands);
  }

  private static List<Object> fma(float factor, float addend) {
    return List.of(factor, factor, addend);
  }

  private static List<Object> fma(double factor, double addend) {
    return List.of(factor, factor, addend);
  }

  /** The table of definitions and the meanings agree: one is defined, or the other throws. */
  @ParameterizedTest
  @EnumSource
  void whatIsNotDefinedThrows(Primitive primitive) {
    for (DType dtype : DType.values()) {
      Object one = dtype.scalar("test", 1L);
      List<Object> operands = new ArrayList<>(Collections.nCopies(primitive.arity(), one));
      if (primitive == Primitive.SELECT) {
        operands.set(0, true);
      }
      if (Scalars.defined(primitive, dtype)) {
        Scalars.apply(primitive, dtype, dtype, operands);
      } else {
        assertEquals(
            primitive + " is not defined on " + dtype,
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Scalars.apply(primitive, dtype, dtype, operands))
                .getMessage());
      }
    }
  }

  @Test
  void bitsRoundTrip() {
    List<Object> values =
        List.of(-0f, Float.MIN_VALUE, -0.0, Double.MAX_VALUE, -1, LEAST_LONG, true, false);
    List<DType> dtypes =
        List.of(
            DType.FLOAT32,
            DType.FLOAT32,
            DType.FLOAT64,
            DType.FLOAT64,
            DType.INT32,
            DType.INT64,
            DType.BOOL,
            DType.BOOL);
    for (int i = 0; i < values.size(); i++) {
      assertEquals(values.get(i), dtypes.get(i).value(dtypes.get(i).bits(values.get(i))));
    }
    // A NaN keeps its payload.
    assertEquals(0x7fc12345, (int) DType.FLOAT32.bits(DType.FLOAT32.value(0x7fc12345)));
    assertThrows(DTypeException.class, () -> DType.INT32.bits("1"));
  }
}
