package org.cotangent.testing;

import java.math.BigDecimal;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.cotangent.graph.Op;
import org.cotangent.op.Abs;
import org.cotangent.op.Bitwise;
import org.cotangent.op.BitwiseNot;
import org.cotangent.op.Clamp;
import org.cotangent.op.Classify;
import org.cotangent.op.Copysign;
import org.cotangent.op.FloorDivide;
import org.cotangent.op.Fmod;
import org.cotangent.op.Lerp;
import org.cotangent.op.Logical;
import org.cotangent.op.LogicalNot;
import org.cotangent.op.Minimum;
import org.cotangent.op.NextAfter;
import org.cotangent.op.Reciprocal;
import org.cotangent.op.Remainder;
import org.cotangent.op.Rounding;
import org.cotangent.op.Rsqrt;
import org.cotangent.op.Shift;
import org.cotangent.op.Sign;
import org.cotangent.type.DType;

/** What signs, whole numbers, remainders, bits and bounds mean, by Java's own operators. */
final class ElementwiseMeanings {
  private ElementwiseMeanings() {}

  static void define() {
    Meanings.elementwise(Abs.class, in -> abs(in.getFirst()));
    Meanings.elementwise(Sign.class, in -> sign(in.getFirst()));
    Meanings.elementwise(Rsqrt.class, in -> float64(in.getFirst(), x -> 1 / Math.sqrt(x)));
    // A double quotient of floats, rounded again, is the rounded quotient.
    Meanings.elementwise(Reciprocal.class, in -> float64(in.getFirst(), x -> 1 / x));
    each(Rounding.class, (op, in) -> whole(((Rounding) op).kind(), in.getFirst()));
    each(Classify.class, (op, in) -> is(((Classify) op).kind(), in.getFirst()));
    Meanings.elementwise(Minimum.class, in -> minimum(in.get(0), in.get(1)));
    Meanings.elementwise(Remainder.class, in -> remainder(in.get(0), in.get(1)));
    Meanings.elementwise(Fmod.class, in -> fmod(in.get(0), in.get(1)));
    Meanings.elementwise(FloorDivide.class, in -> floorDivide(in.get(0), in.get(1)));
    Meanings.elementwise(Copysign.class, in -> copysign(in.get(0), in.get(1)));
    Meanings.define(
        NextAfter.class,
        (op, in, out) -> {
          DType dtype = out.getFirst().dtype();
          NavigableSet<Float> all = dtype.isNarrow() ? numbers(dtype) : new TreeSet<>();
          return List.of(
              Meanings.each(
                  in,
                  out,
                  x ->
                      all.isEmpty()
                          ? nextAfter(x.get(0), x.get(1))
                          : next(all, x.get(0), x.get(1))));
        });
    each(Bitwise.class, (op, in) -> bitwise(((Bitwise) op).kind(), in.get(0), in.get(1)));
    Meanings.elementwise(BitwiseNot.class, in -> whole(in.getFirst(), -1 - integer(in.getFirst())));
    each(Shift.class, (op, in) -> shift(((Shift) op).kind(), in.get(0), in.get(1)));
    each(
        Logical.class,
        (op, in) -> logical(((Logical) op).kind(), (boolean) in.get(0), (boolean) in.get(1)));
    Meanings.elementwise(LogicalNot.class, in -> !(boolean) in.getFirst());
    Meanings.elementwise(Clamp.class, in -> clamp(in.get(0), in.get(1), in.get(2)));
    Meanings.elementwise(Lerp.class, in -> lerp(in.get(0), in.get(1), in.get(2)));
  }

  private static void each(Class<? extends Op> type, BiFunction<Op, List<Object>, Object> of) {
    Meanings.define(type, (op, in, out) -> List.of(Meanings.each(in, out, x -> of.apply(op, x))));
  }

  private static Object float64(Object x, DoubleUnaryOperator function) {
    double value = function.applyAsDouble(((Number) x).doubleValue());
    return x instanceof Float ? (Object) (float) value : (Object) value;
  }

  private static long integer(Object x) {
    return ((Number) x).longValue();
  }

  /** An integer as an element like another. */
  private static Object whole(Object like, long value) {
    return like instanceof Integer ? (Object) (int) value : (Object) value;
  }

  static Object abs(Object x) {
    return switch (x) {
      case Float f -> Math.abs(f);
      case Double d -> Math.abs(d);
      default -> whole(x, Math.abs(integer(x)));
    };
  }

  static Object sign(Object x) {
    return switch (x) {
      case Float f -> f == 0 ? 0f : Math.signum(f);
      case Double d -> d == 0 ? 0.0 : Math.signum(d);
      default -> whole(x, Long.signum(integer(x)));
    };
  }

  static Object whole(Rounding.Kind kind, Object x) {
    if (x instanceof Integer || x instanceof Long) {
      return x;
    }
    return float64(
        x,
        switch (kind) {
          case FLOOR -> Math::floor;
          case CEIL -> Math::ceil;
          case ROUND -> Math::rint;
          case TRUNC -> value -> value < 0 ? Math.ceil(value) : Math.floor(value);
        });
  }

  static boolean is(Classify.Kind kind, Object x) {
    double value = ((Number) x).doubleValue();
    return switch (kind) {
      case NAN -> Double.isNaN(value);
      case INFINITE -> Double.isInfinite(value);
      case FINITE -> Double.isFinite(value);
    };
  }

  static Object minimum(Object a, Object b) {
    return switch (a) {
      case Float f -> Math.min(f, (float) b);
      case Double d -> Math.min(d, (double) b);
      default -> whole(a, Math.min(integer(a), integer(b)));
    };
  }

  private static Object maximum(Object a, Object b) {
    return switch (a) {
      case Float f -> Math.max(f, (float) b);
      case Double d -> Math.max(d, (double) b);
      default -> whole(a, Math.max(integer(a), integer(b)));
    };
  }

  static Object clamp(Object x, Object low, Object high) {
    return minimum(maximum(x, low), high);
  }

  static Object fmod(Object a, Object b) {
    return switch (a) {
      case Float f -> f % (float) b;
      case Double d -> d % (double) b;
      default -> integer(b) == 0 ? whole(a, 0) : whole(a, integer(a) % integer(b));
    };
  }

  static Object remainder(Object a, Object b) {
    return switch (fmod(a, b)) {
      case Float r -> differ(r, (float) b) ? (Object) (r + (float) b) : copysign(r, b);
      case Double r -> differ(r, (double) b) ? (Object) (r + (double) b) : copysign(r, b);
      default -> integer(b) == 0 ? whole(a, 0) : whole(a, Math.floorMod(integer(a), integer(b)));
    };
  }

  private static boolean differ(double remainder, double b) {
    return (remainder < 0 && b > 0) || (remainder > 0 && b < 0);
  }

  /** The floor of the exact quotient, rounded once. */
  static Object floorDivide(Object a, Object b) {
    if (a instanceof Integer || a instanceof Long) {
      return integer(b) == 0 ? whole(a, 0) : whole(a, Math.floorDiv(integer(a), integer(b)));
    }
    double x = ((Number) a).doubleValue();
    double y = ((Number) b).doubleValue();
    double quotient = x / y;
    if (y == 0 || Double.isNaN(quotient)) {
      return float64(a, value -> quotient);
    }
    if (Double.isInfinite(x)) {
      return float64(a, value -> Double.NaN);
    }
    if (Double.isInfinite(y) || x == 0) {
      return float64(a, value -> x != 0 && x < 0 != y < 0 ? -1.0 : quotient);
    }
    BigDecimal[] parts = new BigDecimal(x).divideAndRemainder(new BigDecimal(y));
    boolean below = parts[1].signum() * Math.signum(y) < 0;
    BigDecimal floor = below ? parts[0].subtract(BigDecimal.ONE) : parts[0];
    return floor.signum() == 0
        ? copysign(float64(a, value -> 0), float64(a, value -> quotient))
        : a instanceof Float ? (Object) floor.floatValue() : (Object) floor.doubleValue();
  }

  static Object copysign(Object a, Object b) {
    return a instanceof Float f
        ? (Object) Math.copySign(f, (float) b)
        : (Object) Math.copySign((double) a, (double) b);
  }

  static Object nextAfter(Object a, Object b) {
    return a instanceof Float f
        ? (Object) Math.nextAfter(f, (float) b)
        : (Object) Math.nextAfter((double) a, (double) b);
  }

  /** All numbers of a dtype of 16 bits, with one zero. */
  private static NavigableSet<Float> numbers(DType dtype) {
    NavigableSet<Float> all = new TreeSet<>();
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = (float) dtype.value(bits);
      if (!Float.isNaN(value)) {
        all.add(value + 0f);
      }
    }
    return all;
  }

  private static Object next(NavigableSet<Float> all, Object a, Object b) {
    float from = (float) a + 0f;
    float to = (float) b;
    Float next = from < to ? all.higher(from) : from > to ? all.lower(from) : Float.valueOf(to);
    boolean number = !Float.isNaN(from) && !Float.isNaN(to);
    return number && next != null ? Math.copySign(next, next == 0 ? from : next) : Float.NaN;
  }

  static Object bitwise(Bitwise.Kind kind, Object a, Object b) {
    long x = integer(a);
    long y = integer(b);
    return whole(
        a,
        switch (kind) {
          case AND -> x & y;
          case OR -> x | y;
          case XOR -> x ^ y;
        });
  }

  static Object shift(Shift.Kind kind, Object a, Object b) {
    long x = integer(a);
    long count = integer(b);
    boolean inside = count >= 0 && count < (a instanceof Integer ? Integer.SIZE : Long.SIZE);
    return whole(
        a,
        switch (kind) {
          case LEFT -> inside ? x << count : 0;
          case RIGHT -> inside ? x >> count : x < 0 ? -1 : 0;
        });
  }

  static boolean logical(Bitwise.Kind kind, boolean a, boolean b) {
    return switch (kind) {
      case AND -> a && b;
      case OR -> a || b;
      case XOR -> a != b;
    };
  }

  /** The exact value, rounded once; of finite numbers. */
  static Object lerp(Object a, Object b, Object t) {
    BigDecimal from = exact(a);
    BigDecimal value = from.add(exact(t).multiply(exact(b).subtract(from)));
    return a instanceof Float ? (Object) value.floatValue() : (Object) value.doubleValue();
  }

  private static BigDecimal exact(Object x) {
    return new BigDecimal(((Number) x).doubleValue());
  }
}
