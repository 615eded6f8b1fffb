package org.cotangent.scalar;

import java.util.List;
import org.cotangent.type.DType;

/**
 * The meaning of the primitives on single values, as Java defines it. Constant folding uses it, and
 * every kernel is measured against it. Values are boxed as {@link DType#holds} says.
 */
public final class Scalars {
  private Scalars() {}

  /**
   * {@return the primitive's value}
   *
   * @param primitive what to compute
   * @param operand dtype of the last operand
   * @param dtype of the result
   * @param in operands, as many as the primitive's arity
   */
  public static Object apply(Primitive primitive, DType operand, DType dtype, List<Object> in) {
    Object a = in.getFirst();
    if (operand.isNarrow() && !defined(primitive, operand)) {
      throw undefined(primitive, operand);
    }
    if (primitive == Primitive.CONVERT) {
      return convert(a, dtype);
    }
    if (primitive == Primitive.BITCAST) {
      return dtype.value(operand.bits(a));
    }
    if (primitive == Primitive.SELECT) {
      return (boolean) a ? in.get(1) : in.get(2);
    }
    Object b = in.size() > 1 ? in.get(1) : a;
    return switch (a) {
      case Float x -> floats(primitive, x, (float) b, in.size() > 2 ? (float) in.get(2) : 0f);
      case Double x -> doubles(primitive, x, (double) b, in.size() > 2 ? (double) in.get(2) : 0d);
      case Integer x -> ints(primitive, x, (int) b);
      case Long x -> longs(primitive, x, (long) b);
      case Boolean x -> booleans(primitive, x, (boolean) b);
      default -> throw new IllegalArgumentException(a.getClass().getName());
    };
  }

  private static Object floats(Primitive primitive, float a, float b, float c) {
    return switch (primitive) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case FMA -> Math.fma(a, b, c);
      case SQRT -> (float) Math.sqrt(a);
      case NEG -> -a;
      case ABS -> Math.abs(a);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case RINT -> (float) Math.rint(a);
      case FLOOR -> (float) Math.floor(a);
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      case REM, SELECT, CONVERT, BITCAST, AND, OR, XOR, NOT, SHL, SHR, USHR ->
          throw undefined(primitive, DType.FLOAT32);
    };
  }

  private static Object doubles(Primitive primitive, double a, double b, double c) {
    return switch (primitive) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case FMA -> Math.fma(a, b, c);
      case SQRT -> Math.sqrt(a);
      case NEG -> -a;
      case ABS -> Math.abs(a);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case RINT -> Math.rint(a);
      case FLOOR -> Math.floor(a);
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      case REM, SELECT, CONVERT, BITCAST, AND, OR, XOR, NOT, SHL, SHR, USHR ->
          throw undefined(primitive, DType.FLOAT64);
    };
  }

  private static Object ints(Primitive primitive, int a, int b) {
    return switch (primitive) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0 : a / b;
      case REM -> b == 0 ? 0 : a % b;
      case NEG -> -a;
      case ABS -> Math.abs(a);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case NOT -> ~a;
      case SHL -> a << b;
      case SHR -> a >> b;
      case USHR -> a >>> b;
      case FMA, SQRT, RINT, FLOOR, SELECT, CONVERT, BITCAST ->
          throw undefined(primitive, DType.INT32);
    };
  }

  private static Object longs(Primitive primitive, long a, long b) {
    return switch (primitive) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0L : a / b;
      case REM -> b == 0 ? 0L : a % b;
      case NEG -> -a;
      case ABS -> Math.abs(a);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case LT -> a < b;
      case LE -> a <= b;
      case EQ -> a == b;
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case NOT -> ~a;
      case SHL -> a << b;
      case SHR -> a >> b;
      case USHR -> a >>> b;
      case FMA, SQRT, RINT, FLOOR, SELECT, CONVERT, BITCAST ->
          throw undefined(primitive, DType.INT64);
    };
  }

  private static Object booleans(Primitive primitive, boolean a, boolean b) {
    return switch (primitive) {
      case MAX, OR -> a || b;
      case MIN, AND -> a && b;
      case XOR -> a ^ b;
      case NOT -> !a;
      case EQ -> a == b;
      case LT -> !a && b;
      case LE -> !a || b;
      case ADD,
          SUB,
          MUL,
          DIV,
          REM,
          FMA,
          SQRT,
          NEG,
          ABS,
          RINT,
          FLOOR,
          SELECT,
          CONVERT,
          BITCAST,
          SHL,
          SHR,
          USHR ->
          throw undefined(primitive, DType.BOOL);
    };
  }

  private static Object convert(Object value, DType dtype) {
    if (dtype.isNarrow()) {
      // The builder writes other conversions in steps, the last of which is this.
      return dtype.value((int) value);
    }
    return switch (value) {
      case Float f ->
          switch (dtype) {
            case FLOAT32 -> f;
            case FLOAT64 -> (double) f;
            case INT32 -> (int) (float) f;
            case INT64 -> (long) (float) f;
            case BOOL -> f != 0;
            case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw undefined(Primitive.CONVERT, dtype);
          };
      case Double d ->
          switch (dtype) {
            case FLOAT32 -> (float) (double) d;
            case FLOAT64 -> d;
            case INT32 -> (int) (double) d;
            case INT64 -> (long) (double) d;
            case BOOL -> d != 0;
            case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw undefined(Primitive.CONVERT, dtype);
          };
      case Integer i ->
          switch (dtype) {
            case FLOAT32 -> (float) i;
            case FLOAT64 -> (double) i;
            case INT32 -> i;
            case INT64 -> (long) i;
            case BOOL -> i != 0;
            case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw undefined(Primitive.CONVERT, dtype);
          };
      case Long l ->
          switch (dtype) {
            case FLOAT32 -> (float) (long) l;
            case FLOAT64 -> (double) (long) l;
            case INT32 -> (int) (long) l;
            case INT64 -> l;
            case BOOL -> l != 0;
            case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw undefined(Primitive.CONVERT, dtype);
          };
      case Boolean b -> dtype.scalar("convert", b ? 1L : 0L);
      default -> throw new IllegalArgumentException(value.getClass().getName());
    };
  }

  private static IllegalArgumentException undefined(Primitive primitive, DType dtype) {
    return new IllegalArgumentException(primitive + " is not defined on " + dtype);
  }

  /**
   * {@return whether {@link Primitive#CONVERT} goes from one dtype to another: between those that
   * kernels compute with, and between int32 and narrower integers; all others take steps, see
   * {@link Term#convert}}
   *
   * @param from dtype of the operand
   * @param to dtype of the result
   */
  public static boolean converts(DType from, DType to) {
    return from.isNarrow()
        ? from.isInteger() && to == DType.INT32
        : !to.isNarrow() || (to.isInteger() && from == DType.INT32);
  }

  /**
   * {@return whether the primitive takes operands of this dtype}
   *
   * @param primitive which
   * @param dtype of its operands; for SELECT of the chosen ones
   */
  public static boolean defined(Primitive primitive, DType dtype) {
    if (dtype.isNarrow()) {
      return primitive == Primitive.BITCAST
          || (primitive == Primitive.CONVERT && dtype.isInteger());
    }
    return switch (primitive) {
      case ADD, SUB, MUL, DIV, NEG, ABS -> dtype != DType.BOOL;
      case FMA, SQRT, RINT, FLOOR -> dtype.isFloating();
      case REM, SHL, SHR, USHR -> dtype.isInteger();
      case AND, OR, XOR, NOT -> !dtype.isFloating();
      case MIN, MAX, LT, LE, EQ, SELECT, CONVERT, BITCAST -> true;
    };
  }
}
