package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Op;
import org.cotangent.op.Abs;
import org.cotangent.op.Bitwise;
import org.cotangent.op.BitwiseNot;
import org.cotangent.op.Clamp;
import org.cotangent.op.Classify;
import org.cotangent.op.Copysign;
import org.cotangent.op.FloorDivide;
import org.cotangent.op.Fmod;
import org.cotangent.op.Minimum;
import org.cotangent.op.NextAfter;
import org.cotangent.op.Reciprocal;
import org.cotangent.op.Remainder;
import org.cotangent.op.Rounding;
import org.cotangent.op.Shift;
import org.cotangent.op.Sign;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Signs, whole numbers, remainders, bits and bounds where such functions go wrong: at kinks, zeros
 * of both signs, infinities, NaN, the ends of the integers, quotients near whole numbers.
 */
class ElementwiseTest extends OnCpu {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  // ---- every special value, against the reference

  /** Numbers of a dtype at which something ends or changes. */
  private static List<Object> specials(DType dtype) {
    List<Object> found = new ArrayList<>();
    if (dtype.isFloating()) {
      DoubleStream.of(0, 1e-3, 0.1, 0.5, 1 / 3.0, 1, 1.5, 2, 2.5, 3, 3.5, 7, 1e3, 1e10, 1e30)
          .flatMap(x -> DoubleStream.of(x, -x))
          .forEach(x -> found.add(dtype.scalar("specials", x)));
      List<? extends Number> ends =
          dtype == DType.FLOAT32
              ? List.of(
                  Float.MIN_VALUE,
                  0x1.fffffcp-127f,
                  Float.MIN_NORMAL,
                  0x1.fffffep-2f,
                  0x1.fffffep-1f,
                  0x1.000002p0f,
                  0x1.fffffp22f,
                  0x1p23f,
                  0x1.fffffep23f,
                  0x1p24f,
                  0x1p31f,
                  0x1p63f,
                  Float.MAX_VALUE,
                  Float.POSITIVE_INFINITY,
                  Float.NaN)
              : List.of(
                  Double.MIN_VALUE,
                  0x1.ffffffffffffep-1023,
                  Double.MIN_NORMAL,
                  0x1.fffffffffffffp-2,
                  0x1.fffffffffffffp-1,
                  0x1.0000000000001p0,
                  0x1.ffffffffffff8p51,
                  0x1p52,
                  0x1.fffffffffffffp52,
                  0x1p53,
                  0x1p31,
                  0x1p63,
                  Double.MAX_VALUE,
                  Double.POSITIVE_INFINITY,
                  Double.NaN);
      for (Number x : ends) {
        found.add(x);
        found.add(x instanceof Float f ? (Object) (-f) : (Object) (-x.doubleValue()));
      }
    } else {
      long largest = dtype == DType.INT32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
      for (long x : new long[] {0, 1, 2, 3, 7, 10, 31, 32, 33, 63, 64, 65, 1000, largest}) {
        found.add(dtype.scalar("specials", x));
        found.add(dtype.scalar("specials", -x));
        // The smallest too, by way of -largest - 1.
        found.add(dtype.scalar("specials", -x - 1));
      }
    }
    return found;
  }

  /** All tuples of these values, one column for each place. */
  private static List<HostArray> tuples(DType dtype, List<Object> values, int places) {
    int n = values.size();
    int size = (int) Math.pow(n, places);
    List<HostArray> columns = new ArrayList<>();
    for (int place = 0, step = 1; place < places; place++, step *= n) {
      HostArray column = HostArray.allocate(new TensorType(dtype, Shape.of(size)));
      for (int i = 0; i < size; i++) {
        column.set(i, values.get(i / step % n));
      }
      columns.add(column);
    }
    return columns;
  }

  /** Whether a result will do where it is not the reference's. */
  private interface Leave {
    boolean allows(Object a, Object b, Object want, Object got);
  }

  private static final Leave NONE = (a, b, want, got) -> false;

  private static void check(Op op, List<HostArray> in, Leave leave) {
    HostArray want = Meanings.evaluate(op, in).getFirst();
    HostArray got =
        Tensor.apply(op, in.stream().map(device::tensor).toArray(Tensor[]::new)).toHost();
    assertEquals(want.type(), got.type());
    for (long i = 0; i < want.type().shape().size(); i++) {
      long at = i;
      assertTrue(
          want.get(i).equals(got.get(i))
              || leave.allows(in.getFirst().get(i), in.getLast().get(i), want.get(i), got.get(i)),
          () ->
              op.text()
                  + in.stream().map(x -> x.get(at)).toList()
                  + " is "
                  + got.get(at)
                  + ", not "
                  + want.get(at));
    }
  }

  private static void check(Op op, int places, DType... dtypes) {
    for (DType dtype : dtypes) {
      check(op, tuples(dtype, specials(dtype), places), NONE);
    }
  }

  private static final DType[] FLOATS = {DType.FLOAT32, DType.FLOAT64};
  private static final DType[] INTEGERS = {DType.INT32, DType.INT64};
  private static final DType[] NUMBERS = {DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64};

  @Test
  void specialValuesOfOneAreTheReferences() {
    check(new Abs(), 1, NUMBERS);
    check(new Sign(), 1, NUMBERS);
    check(new Reciprocal(), 1, FLOATS);
    check(new BitwiseNot(), 1, INTEGERS);
    for (Rounding.Kind kind : Rounding.Kind.values()) {
      check(new Rounding(kind), 1, NUMBERS);
    }
    for (Classify.Kind kind : Classify.Kind.values()) {
      check(new Classify(kind), 1, NUMBERS);
    }
  }

  @Test
  void specialValuesOfMoreAreTheReferences() {
    check(new Minimum(), 2, NUMBERS);
    check(new Copysign(), 2, FLOATS);
    check(new NextAfter(), 2, FLOATS);
    for (Bitwise.Kind kind : Bitwise.Kind.values()) {
      check(new Bitwise(kind), 2, INTEGERS);
    }
    for (Shift.Kind kind : Shift.Kind.values()) {
      check(new Shift(kind), 2, INTEGERS);
    }
    check(new Remainder(), 2, INTEGERS);
    check(new Fmod(), 2, INTEGERS);
    check(new FloorDivide(), 2, INTEGERS);
    check(new Clamp(), 3, NUMBERS);
  }

  @Test
  void specialValuesOfFloatQuotientsAreTheReferences() {
    for (DType dtype : FLOATS) {
      List<HostArray> in = tuples(dtype, specials(dtype), 2);
      check(new Fmod(), in, LARGE_REMAINDER);
      check(new Remainder(), in, LARGE_REMAINDER);
      check(new FloorDivide(), in, LARGE_QUOTIENT);
    }
  }

  // ---- what the reference shares with no code: written out

  @Test
  void signsAndWholeNumbers() {
    Tensor x = floats(NAN, -INF, -2.5f, -1.5f, -0.5f, -0f, 0, 0.5f, 1.5f, 2.5f, INF);
    are(x.abs(), NAN, INF, 2.5f, 1.5f, 0.5f, 0, 0, 0.5f, 1.5f, 2.5f, INF);
    are(x.sign(), NAN, -1, -1, -1, -1, 0, 0, 1, 1, 1, 1);
    are(x.floor(), NAN, -INF, -3, -2, -1, -0f, 0, 0, 1, 2, INF);
    are(x.ceil(), NAN, -INF, -2, -1, -0f, -0f, 0, 1, 2, 3, INF);
    are(x.round(), NAN, -INF, -2, -2, -0f, -0f, 0, 0, 2, 2, INF);
    are(x.trunc(), NAN, -INF, -2, -1, -0f, -0f, 0, 0, 1, 2, INF);
    are(floats(NAN, -INF, -4, -0f, 0, 4, INF).reciprocal(), NAN, -0f, -0.25f, -INF, INF, 0.25f, 0);
    are(floats(NAN, -INF, -4, -0f, 0, 4, INF).rsqrt(), NAN, NAN, NAN, -INF, INF, 0.5f, 0);
    assertArrayEquals(
        new int[] {Integer.MIN_VALUE, 3}, ints(Integer.MIN_VALUE, 3).abs().toIntArray());
    Tensor some = floats(NAN, -INF, -1, INF);
    assertArrayEquals(new boolean[] {true, false, false, false}, some.isnan().toBooleanArray());
    assertArrayEquals(new boolean[] {false, true, false, true}, some.isinf().toBooleanArray());
    assertArrayEquals(new boolean[] {false, false, true, false}, some.isfinite().toBooleanArray());
  }

  @Test
  void remaindersHaveTheSignThatTheyShould() {
    Tensor a = floats(5, -5, 5, -5, 4, -4, 0, -0f, 1, -1);
    Tensor b = floats(3, 3, -3, -3, 2, 2, -2, 2, INF, INF);
    are(a.fmod(b), 2, -2, 2, -2, 0, -0f, 0, -0f, 1, -1);
    are(a.remainder(b), 2, 1, -1, -2, 0, 0, -0f, 0, 1, INF);
    are(a.floorDivide(b), 1, -2, -2, 1, 2, -2, -0f, -0f, 0, -1);

    Tensor odd = floats(1, -1, 0, INF, -INF, NAN, 1);
    Tensor by = floats(0, 0, 0, 1, INF, 1, NAN);
    are(odd.fmod(by), NAN, NAN, NAN, NAN, NAN, NAN, NAN);
    are(odd.remainder(by), NAN, NAN, NAN, NAN, NAN, NAN, NAN);
    are(odd.floorDivide(by), INF, -INF, NAN, NAN, NAN, NAN, NAN);

    // 0.1f is above a tenth, and the quotient rounds up to 10.
    are(floats(1).floorDivide(0.1f), 9);
    are(floats(1).fmod(0.1f), 1f % 0.1f);
    // A tiny negative number is below 1 by less than half a unit.
    are(floats(-1e-20f).remainder(1), 1);
  }

  @Test
  void integersWrapAndDivideByZeroToZero() {
    int least = Integer.MIN_VALUE;
    Tensor a = ints(7, -7, 7, -7, 7, least, least, least);
    Tensor b = ints(2, 2, -2, -2, 0, -1, 0, 2);
    assertArrayEquals(
        new int[] {3, -4, -4, 3, 0, least, 0, least / 2}, a.floorDivide(b).toIntArray());
    assertArrayEquals(new int[] {1, 1, -1, -1, 0, 0, 0, 0}, a.remainder(b).toIntArray());
    assertArrayEquals(new int[] {1, -1, 1, -1, 0, 0, 0, 0}, a.fmod(b).toIntArray());
    Tensor wide = longs(Long.MIN_VALUE, Long.MIN_VALUE, -1);
    assertArrayEquals(
        new long[] {Long.MIN_VALUE, Long.MIN_VALUE, 1}, wide.floorDivide(-1).toLongArray());
  }

  @Test
  void shiftsByTheWidthMoveAllBitsOut() {
    Tensor x = ints(1, 1, 1, 1, -8, -8, -8, -8);
    Tensor count = ints(0, 31, 32, -1, 1, 31, 32, -1);
    assertArrayEquals(
        new int[] {1, Integer.MIN_VALUE, 0, 0, -16, 0, 0, 0}, x.shiftLeft(count).toIntArray());
    assertArrayEquals(new int[] {1, 0, 0, 0, -4, -1, -1, -1}, x.shiftRight(count).toIntArray());
    Tensor wide = longs(1, -8);
    assertArrayEquals(new long[] {1L << 40, -8L << 40}, wide.shiftLeft(40).toLongArray());
    assertArrayEquals(new long[] {0, -1}, wide.shiftRight(64).toLongArray());
  }

  @Test
  void bitsAndTruth() {
    Tensor x = ints(0b1100, -1);
    assertArrayEquals(new int[] {0b1000, 0b1010}, x.bitwiseAnd(0b1010).toIntArray());
    assertArrayEquals(new int[] {0b1110, -1}, x.bitwiseOr(0b1010).toIntArray());
    assertArrayEquals(new int[] {0b0110, ~0b1010}, x.bitwiseXor(0b1010).toIntArray());
    assertArrayEquals(new int[] {~0b1100, 0}, x.bitwiseNot().toIntArray());
    assertArrayEquals(
        new long[] {Long.MAX_VALUE}, longs(-1).bitwiseAnd(Long.MAX_VALUE).toLongArray());

    Tensor a = bools(false, false, true, true);
    Tensor b = bools(false, true, false, true);
    assertArrayEquals(new boolean[] {false, false, false, true}, a.logicalAnd(b).toBooleanArray());
    assertArrayEquals(new boolean[] {false, true, true, true}, a.logicalOr(b).toBooleanArray());
    assertArrayEquals(new boolean[] {false, true, true, false}, a.logicalXor(b).toBooleanArray());
    assertArrayEquals(new boolean[] {true, true, false, false}, a.logicalNot().toBooleanArray());
  }

  @Test
  void neighboursOfFloats() {
    are(
        floats(0, -0f, 0, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, INF, 1, NAN, 1)
            .nextAfter(floats(1, -1, -0f, 0, 0, INF, 0, 0, 1, NAN)),
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        -0f,
        0,
        -0f,
        INF,
        Float.MAX_VALUE,
        0x1.fffffep-1f,
        NAN,
        NAN);
    assertEquals(Math.nextUp(1.0), device.scalar(1).nextAfter(Double.POSITIVE_INFINITY).item());
  }

  @Test
  void boundsAndMixtures() {
    Tensor x = floats(-3, -1, 0.5f, 2, 3, NAN);
    are(x.clamp(-1, 2), -1, -1, 0.5f, 2, 2, NAN);
    are(x.clamp(2, -1), -1, -1, -1, -1, -1, NAN);
    are(x.clamp(floats(0), floats(NAN)), NAN, NAN, NAN, NAN, NAN, NAN);
    are(x.clamp(0, Double.POSITIVE_INFINITY), 0, 0, 0.5f, 2, 3, NAN);
    are(x.minimum(0.5), -3, -1, 0.5f, 0.5f, 0.5f, NAN);
    are(floats(-0f, 0).minimum(floats(0, -0f)), -0f, -0f);
    are(x.copysign(-0.0), -3, -1, -0.5f, -2, -3, NAN);
    assertArrayEquals(new int[] {-1, 0, 2}, ints(-9, 0, 9).clamp(-1, 2).toIntArray());

    Tensor a = floats(1, 0.1f, -3);
    Tensor b = floats(1e8f, 0.7f, 5);
    are(a.lerp(b, 0), 1, 0.1f, -3);
    are(a.lerp(b, 1), 1e8f, 0.7f, 5);
    are(a.lerp(a, 0.3), 1, 0.1f, -3);
    are(a.lerp(b, floats(0.25f, 0.5f, 2)), 25_000_000, 0.4f, 13);
  }

  // ---- how exact they are

  /** Beyond its limit a remainder may be NaN instead. */
  private static final Leave LARGE_REMAINDER =
      (a, b, want, got) -> quotient(a, b) >= (a instanceof Float ? 0x1p48 : 0x1p106) && isNaN(got);

  /** Beyond its limit a quotient may be off by a unit. */
  private static final Leave LARGE_QUOTIENT =
      (a, b, want, got) ->
          a instanceof Float
              ? quotient(a, b) >= 0x1p24
                  && Math.abs((float) got - (float) want) <= Math.ulp((float) want)
              : quotient(a, b) >= 0x1p53
                  && Math.abs((double) got - (double) want) <= Math.ulp((double) want);

  private static boolean isNaN(Object x) {
    return Double.isNaN(((Number) x).doubleValue());
  }

  private static double quotient(Object a, Object b) {
    return Math.abs(((Number) a).doubleValue() / ((Number) b).doubleValue());
  }

  /** Pairs whose quotients have up to this many bits, every second one near a whole number. */
  private static List<HostArray> quotients(DType dtype, int bits) {
    int size = 100_003;
    TensorType type = new TensorType(dtype, Shape.of(size));
    HostArray a = HostArray.allocate(type);
    HostArray b = HostArray.allocate(type);
    SplittableRandom random = new SplittableRandom(bits);
    for (int i = 0; i < size; i++) {
      double y = (1 + random.nextDouble()) * Math.scalb(1.0, random.nextInt(-20, 20));
      double q = (1 + random.nextDouble()) * Math.scalb(1.0, random.nextInt(-3, bits));
      boolean near = random.nextBoolean();
      if (dtype == DType.FLOAT32) {
        float divisor = (float) (random.nextBoolean() ? y : -y);
        float dividend = (float) ((near ? Math.rint(q) : q) * divisor);
        a.set(i, random.nextBoolean() ? dividend : Math.nextUp(-dividend));
        b.set(i, divisor);
      } else {
        double divisor = random.nextBoolean() ? y : -y;
        double dividend = (near ? Math.rint(q) : q) * divisor;
        a.set(i, random.nextBoolean() ? dividend : Math.nextUp(-dividend));
        b.set(i, divisor);
      }
    }
    return List.of(a, b);
  }

  @Test
  void remaindersAreExactBelowTheirLimit() {
    for (DType dtype : FLOATS) {
      boolean single = dtype == DType.FLOAT32;
      for (int bits : new int[] {1, 12, 24, single ? 47 : 53, single ? 47 : 105}) {
        List<HostArray> in = quotients(dtype, bits);
        check(new Fmod(), in, NONE);
        check(new Remainder(), in, NONE);
      }
      // Further on they are exact or NaN, in no case another number.
      for (int bits : new int[] {50, 60, single ? 70 : 110, single ? 100 : 200}) {
        List<HostArray> in = quotients(dtype, bits);
        check(new Fmod(), in, LARGE_REMAINDER);
        check(new Remainder(), in, LARGE_REMAINDER);
      }
    }
  }

  @Test
  void quotientsAreFlooredExactlyBelowTheirLimit() {
    for (DType dtype : FLOATS) {
      int digits = dtype == DType.FLOAT32 ? 24 : 53;
      for (int bits : new int[] {1, 12, digits - 1}) {
        check(new FloorDivide(), quotients(dtype, bits), NONE);
      }
      for (int bits : new int[] {digits + 2, 70}) {
        check(new FloorDivide(), quotients(dtype, bits), LARGE_QUOTIENT);
      }
    }
  }

  @Test
  void subnormalNumbersHaveExactRemaindersToo() {
    SplittableRandom random = new SplittableRandom(3);
    int size = 10_007;
    HostArray a = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(size)));
    HostArray b = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(size)));
    for (int i = 0; i < size; i++) {
      a.set(i, Float.intBitsToFloat(random.nextInt(1 << 25)));
      b.set(i, Float.intBitsToFloat(random.nextInt(1, 1 << random.nextInt(1, 25))));
    }
    check(new Fmod(), List.of(a, b), NONE);
    check(new Remainder(), List.of(a, b), NONE);
    check(new FloorDivide(), List.of(a, b), LARGE_QUOTIENT);
  }

  @Test
  void rsqrtErrsByLessThanOneUnitAndAHalf() {
    int from = Float.floatToIntBits(1);
    int count = (Float.floatToIntBits(4) - from) / 7;
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = Float.intBitsToFloat(from + 7 * i);
    }
    float[] y = floats(x).rsqrt().toFloatArray();
    double worst = 0;
    for (int i = 0; i < count; i++) {
      double exact = 1 / Math.sqrt(x[i]);
      worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
    }
    assertTrue(worst > 1.4 && worst < 1.5, worst + " units");
  }

  @Test
  void lerpErrsByTheTwoRoundings() {
    SplittableRandom random = new SplittableRandom(5);
    int size = 100_003;
    double[] a = random.doubles(size, -1, 1).toArray();
    double[] b = random.doubles(size, -1, 1).toArray();
    double[] t = random.doubles(size, -0.5, 1.5).toArray();
    double[] y = doubles(a).lerp(doubles(b), doubles(t)).toDoubleArray();
    for (int i = 0; i < size; i++) {
      BigDecimal difference = new BigDecimal(b[i]).subtract(new BigDecimal(a[i]));
      double exact =
          new BigDecimal(a[i]).add(new BigDecimal(t[i]).multiply(difference)).doubleValue();
      double weight = Math.min(Math.abs(t[i]), Math.abs(1 - t[i]));
      double bound = Math.ulp(exact) + weight * Math.ulp(b[i] - a[i]) / 2;
      assertEquals(exact, y[i], bound, a[i] + " " + b[i] + " " + t[i]);
    }
  }

  // ---- derivatives

  @Test
  void derivativesAtKinksAreThoseStated() {
    double[] x = {-2, -0.0, 0, 3};
    slopes(Tensor::abs, x, -1, 0, 0, 1);
    slopes(y -> y.copysign(-1.0), x, 1, 0, 0, -1);
    slopes(y -> y.copysign(1.0), x, -1, 0, 0, 1);
    slopes(y -> y.minimum(0), x, 1, 0.5, 0.5, 0);
    slopes(y -> y.nextAfter(9), x, 1, 1, 1, 1);
    slopes(y -> y.clamp(-2, 0), x, 1, 1, 1, 0);
    slopes(y -> y.clamp(0, 3), x, 0, 1, 1, 1);
    slopes(y -> y.clamp(3, 0), x, 0, 0, 0, 0);
    slopes(y -> y.remainder(2), x, 1, 1, 1, 1);
    slopes(y -> y.fmod(2), x, 1, 1, 1, 1);
    Tensor ones = device.ones(DType.FLOAT64, 4);
    slopes(y -> y.lerp(ones, 0.25), x, 0.75, 0.75, 0.75, 0.75);
  }

  @Test
  void stepsHaveTheDerivativeZero() {
    double[] x = {-2.5, -0.0, 0.3, 3};
    List<UnaryOperator<Tensor>> steps =
        List.of(
            Tensor::sign,
            Tensor::floor,
            Tensor::ceil,
            Tensor::round,
            Tensor::trunc,
            y -> y.floorDivide(2),
            y -> y.isnan().cast(DType.FLOAT64));
    for (UnaryOperator<Tensor> step : steps) {
      slopes(step, x, 0, 0, 0, 0);
      Tensor tangent = Cotangent.<Tensor, Tensor>jvp(step, doubles(x), doubles(x)).tangent();
      assertArrayEquals(new double[4], tangent.toDoubleArray());
    }
  }

  @Test
  void divisorsAndBoundsHaveDerivativesToo() {
    Tensor seven = doubles(7, -7, 7, -7);
    double[] by = {2, 2, -2, -2};
    slopes(seven::remainder, by, -3, 4, 4, -3);
    slopes(seven::fmod, by, -3, 3, 3, -3);
    // 1 is 9 times 0.1 and something, though 1 / 0.1 rounds to 10.
    slopes(device.scalar(1)::remainder, new double[] {0.1}, -9);
    slopes(device.scalar(1)::fmod, new double[] {0.1}, -9);

    Tensor x = doubles(-2, -1, 0, 1, 2);
    double[] low = {-1, -1, -1, -1, 3};
    double[] high = {1, 1, 1, 1, 1};
    Tensor from = doubles(low);
    Tensor to = doubles(high);
    slopes(y -> x.clamp(y, to), low, 1, 0, 0, 0, 0);
    slopes(y -> x.clamp(from, y), high, 0, 0, 0, 0, 1);
    slopes(y -> y.clamp(from, to), x.toDoubleArray(), 0, 1, 1, 1, 0);
    slopes(y -> x.copysign(y), high, 0, 0, 0, 0, 0);
    slopes(y -> x.nextAfter(y), high, 0, 0, 0, 0, 0);
    slopes(y -> x.floorDivide(y), high, 0, 0, 0, 0, 0);
    slopes(y -> x.minimum(y), high, 0, 0, 0, 0.5, 1);
    Tensor five = device.full(DType.FLOAT64, 5, 5);
    slopes(t -> x.lerp(five, t), high, 7, 6, 5, 4, 3);
  }

  @Test
  void rootsAndReciprocalsMatchTheirFormulas() {
    UnaryOperator<Tensor> rsqrt = x -> Cotangent.grad(Tensor::rsqrt, x);
    UnaryOperator<Tensor> reciprocal = x -> Cotangent.grad(Tensor::reciprocal, x);
    Tensor x = device.scalar(1.7);
    assertEquals(-0.5 * Math.pow(1.7, -1.5), rsqrt.apply(x).item(), 1e-15);
    assertEquals(0.75 * Math.pow(1.7, -2.5), Cotangent.grad(rsqrt, x).item(), 1e-15);
    assertEquals(-1 / (1.7 * 1.7), reciprocal.apply(x).item(), 1e-15);
    assertEquals(2 / (1.7 * 1.7 * 1.7), Cotangent.grad(reciprocal, x).item(), 1e-15);
  }

  // ---- what does not fit

  @TestFactory
  Stream<DynamicTest> errorsNameTheMethod() {
    Tensor floats = floats(1, 2);
    Tensor ints = ints(0, 0);
    Tensor bools = bools(false, false);
    return FaceErrors.tests(
        List.of(
            row(
                DTypeException.class,
                "abs: bool(2,) is not a number; cast it to a number dtype first",
                () -> bools.abs()),
            row(
                DTypeException.class,
                "rsqrt: int32(2,) is not a float tensor; cast it to float32 or float64 first",
                () -> ints.rsqrt()),
            row(
                DTypeException.class,
                "ceil: bool(2,) is not a number; cast it to a number dtype first",
                () -> bools.ceil()),
            row(
                DTypeException.class,
                "isnan: bool(2,) is not a number; cast it to a number dtype first",
                () -> bools.isnan()),
            row(
                DTypeException.class,
                "bitwiseAnd: float32(2,) is not an integer tensor; cast it to int32 or int64 first",
                () -> floats.bitwiseAnd(1)),
            row(
                DTypeException.class,
                "bitwiseOr: 4294967296 is no int32: out of range; cast the tensor to int64",
                () -> ints.bitwiseOr(1L << 32)),
            row(
                DTypeException.class,
                "shiftLeft: bool(2,) is not an integer tensor; cast it to int32 or int64 first",
                () -> bools.shiftLeft(bools)),
            row(
                DTypeException.class,
                "logicalXor: int32(2,) is not bool; compare it with something first",
                () -> ints.logicalXor(ints)),
            row(
                DTypeException.class,
                "logicalNot: float32(2,) is not bool; compare it with something first",
                () -> floats.logicalNot()),
            row(
                DTypeException.class,
                "clamp: dtypes differ: float32(2,) and int32(2,); cast one of them",
                () -> floats.clamp(ints, ints)),
            row(
                DTypeException.class,
                "clamp: 0.5 is no int32: not exact; cast the tensor to a float dtype",
                () -> ints.clamp(0, 0.5)),
            row(
                ShapeException.class,
                "fmod: shapes (2,) and (3,) do not broadcast: 2 != 3 at axis -1; reshape one, or"
                    + " insert an axis of size 1",
                () -> floats.fmod(floats(1, 2, 3))),
            row(
                DTypeException.class,
                "lerp: dtypes differ: int32(2,) and float32(2,); cast one of them",
                () -> floats.lerp(ints, floats))),
        device);
  }

  // ---- helpers

  private static Tensor floats(float... values) {
    return device.tensor(values, values.length);
  }

  private static Tensor doubles(double... values) {
    return device.tensor(values, values.length);
  }

  private static Tensor ints(int... values) {
    return device.tensor(values, values.length);
  }

  private static Tensor longs(long... values) {
    return device.tensor(values, values.length);
  }

  private static Tensor bools(boolean... values) {
    return device.tensor(values, values.length);
  }

  /** Equal to the bit, but for the many NaN. */
  private static void are(Tensor actual, float... expected) {
    assertArrayEquals(expected, actual.toFloatArray());
    assertEquals(expected.length, actual.size());
  }

  private static void slopes(Function<Tensor, Tensor> f, double[] at, double... expected) {
    Tensor gradient = Cotangent.grad(x -> f.apply(x).sum(), doubles(at));
    assertEquals(Arrays.toString(expected), Arrays.toString(positive(gradient.toDoubleArray())));
  }

  /** A derivative of -0 is one of 0. */
  private static double[] positive(double... values) {
    return Arrays.stream(values).map(x -> x + 0.0).toArray();
  }
}
