package org.cotangent.scalar;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.UnaryOperator;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates a body for many elements, one instruction at a time over arrays: millions of elements a
 * second, where {@link Body#evaluate} boxes every value. The primitives that transcendental
 * functions are full of have unboxed loops here, the others go through {@link Scalars}; a test
 * compares both.
 */
final class Lanes {
  private static final int BLOCK = 4096;

  private final Body body;

  Lanes(Body body) {
    this.body = body;
  }

  /** A function of one argument. */
  static Lanes of(DType dtype, UnaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return new Lanes(builder.build(function.apply(builder.input(dtype))));
  }

  /** A function of two arguments. */
  static Lanes of(DType dtype, BinaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return new Lanes(builder.build(function.apply(builder.input(dtype), builder.input(dtype))));
  }

  Body body() {
    return body;
  }

  /** The number of instructions, literals apart. */
  long operations() {
    return body.instructions().stream().filter(Instruction.Apply.class::isInstance).count();
  }

  float[] apply(float... x) {
    return (float[]) inBlocks(x, x.length);
  }

  double[] apply(double... x) {
    return (double[]) inBlocks(x, x.length);
  }

  float[] apply(float[] x, float[] y) {
    return (float[]) apply(List.of(x, y), x.length).getFirst();
  }

  double[] apply(double[] x, double[] y) {
    return (double[]) apply(List.of(x, y), x.length).getFirst();
  }

  /** In blocks that stay in the cache. */
  private Object inBlocks(Object x, int length) {
    Object y = array(body.resultTypes().getFirst(), length);
    for (int from = 0; from < length; from += BLOCK) {
      int count = Math.min(BLOCK, length - from);
      Object block = array(body.inputs().getFirst(), count);
      System.arraycopy(x, from, block, 0, count);
      System.arraycopy(apply(List.of(block), count).getFirst(), 0, y, from, count);
    }
    return y;
  }

  /** The results' arrays for the inputs' arrays, of the primitive types that the dtypes have. */
  private List<Object> apply(List<Object> inputs, int count) {
    List<Object> registers = new ArrayList<>(inputs);
    for (Instruction instruction : body.instructions()) {
      Object out = array(instruction.dtype(), count);
      switch (instruction) {
        case Instruction.Literal literal -> fill(out, literal.value());
        case Instruction.Apply apply ->
            apply(apply, apply.operands().stream().map(registers::get).toList(), out, count);
      }
      registers.add(out);
    }
    return body.results().stream().map(registers::get).toList();
  }

  private interface Floats {
    float apply(float a, float b, float c);
  }

  private interface Doubles {
    double apply(double a, double b, double c);
  }

  private void apply(Instruction.Apply apply, List<Object> in, Object out, int count) {
    Object a = in.getFirst();
    Object b = in.size() > 1 ? in.get(1) : a;
    Object c = in.size() > 2 ? in.get(2) : a;
    Primitive primitive = apply.primitive();
    DType operand = body.dtype(apply.operands().getLast());
    boolean done;
    if (operand.isNarrow() || apply.dtype().isNarrow()) {
      // Their arrays are wider than they are.
      done = false;
    } else if (out instanceof float[] y
        && a instanceof float[] p
        && b instanceof float[] q
        && c instanceof float[] r) {
      done = loop(floats(primitive), p, q, r, y);
    } else if (out instanceof double[] y
        && a instanceof double[] p
        && b instanceof double[] q
        && c instanceof double[] r) {
      done = loop(doubles(primitive), p, q, r, y);
    } else if (out instanceof int[] y && a instanceof int[] p && b instanceof int[] q) {
      done = loop(ints(primitive), p, q, y);
    } else if (out instanceof long[] y && a instanceof long[] p && b instanceof long[] q) {
      done = loop(longs(primitive), p, q, y);
    } else {
      done = mixed(primitive, a, b, c, out, count);
    }
    if (!done) {
      for (int i = 0; i < count; i++) {
        int lane = i;
        List<Object> operands = in.stream().map(array -> Array.get(array, lane)).toList();
        Array.set(out, i, Scalars.apply(primitive, operand, apply.dtype(), operands));
      }
    }
  }

  private static boolean loop(
      @Nullable Floats operator, float[] a, float[] b, float[] c, float[] y) {
    for (int i = 0; operator != null && i < y.length; i++) {
      y[i] = operator.apply(a[i], b[i], c[i]);
    }
    return operator != null;
  }

  private static boolean loop(
      @Nullable Doubles operator, double[] a, double[] b, double[] c, double[] y) {
    for (int i = 0; operator != null && i < y.length; i++) {
      y[i] = operator.apply(a[i], b[i], c[i]);
    }
    return operator != null;
  }

  private static boolean loop(@Nullable IntBinaryOperator operator, int[] a, int[] b, int[] y) {
    for (int i = 0; operator != null && i < y.length; i++) {
      y[i] = operator.applyAsInt(a[i], b[i]);
    }
    return operator != null;
  }

  private static boolean loop(@Nullable LongBinaryOperator operator, long[] a, long[] b, long[] y) {
    for (int i = 0; operator != null && i < y.length; i++) {
      y[i] = operator.applyAsLong(a[i], b[i]);
    }
    return operator != null;
  }

  private static @Nullable Floats floats(Primitive primitive) {
    return switch (primitive) {
      case ADD -> (a, b, c) -> a + b;
      case SUB -> (a, b, c) -> a - b;
      case MUL -> (a, b, c) -> a * b;
      case DIV -> (a, b, c) -> a / b;
      case FMA -> Math::fma;
      case MIN -> (a, b, c) -> Math.min(a, b);
      case MAX -> (a, b, c) -> Math.max(a, b);
      case NEG -> (a, b, c) -> -a;
      case ABS -> (a, b, c) -> Math.abs(a);
      case SQRT -> (a, b, c) -> (float) Math.sqrt(a);
      case RINT -> (a, b, c) -> (float) Math.rint(a);
      default -> null;
    };
  }

  private static @Nullable Doubles doubles(Primitive primitive) {
    return switch (primitive) {
      case ADD -> (a, b, c) -> a + b;
      case SUB -> (a, b, c) -> a - b;
      case MUL -> (a, b, c) -> a * b;
      case DIV -> (a, b, c) -> a / b;
      case FMA -> Math::fma;
      case MIN -> (a, b, c) -> Math.min(a, b);
      case MAX -> (a, b, c) -> Math.max(a, b);
      case NEG -> (a, b, c) -> -a;
      case ABS -> (a, b, c) -> Math.abs(a);
      case SQRT -> (a, b, c) -> Math.sqrt(a);
      case RINT -> (a, b, c) -> Math.rint(a);
      default -> null;
    };
  }

  private static @Nullable IntBinaryOperator ints(Primitive primitive) {
    return switch (primitive) {
      case ADD -> (a, b) -> a + b;
      case SUB -> (a, b) -> a - b;
      case AND -> (a, b) -> a & b;
      case OR -> (a, b) -> a | b;
      case XOR -> (a, b) -> a ^ b;
      case SHL -> (a, b) -> a << b;
      default -> null;
    };
  }

  private static @Nullable LongBinaryOperator longs(Primitive primitive) {
    return switch (primitive) {
      case ADD -> (a, b) -> a + b;
      case SUB -> (a, b) -> a - b;
      case AND -> (a, b) -> a & b;
      case OR -> (a, b) -> a | b;
      case XOR -> (a, b) -> a ^ b;
      case SHL -> (a, b) -> a << b;
      default -> null;
    };
  }

  /** Computes some primitives whose operands and result differ in dtype: whether it was one. */
  private static boolean mixed(
      Primitive primitive, Object a, Object b, Object c, Object out, int count) {
    if (out instanceof float[] y
        && a instanceof boolean[] p
        && b instanceof float[] q
        && c instanceof float[] r) {
      for (int i = 0; i < count; i++) {
        y[i] = p[i] ? q[i] : r[i];
      }
    } else if (out instanceof double[] y
        && a instanceof boolean[] p
        && b instanceof double[] q
        && c instanceof double[] r) {
      for (int i = 0; i < count; i++) {
        y[i] = p[i] ? q[i] : r[i];
      }
    } else if (primitive == Primitive.LT && a instanceof float[] p && b instanceof float[] q) {
      for (int i = 0; i < count; i++) {
        ((boolean[]) out)[i] = p[i] < q[i];
      }
    } else if (primitive == Primitive.LT && a instanceof double[] p && b instanceof double[] q) {
      for (int i = 0; i < count; i++) {
        ((boolean[]) out)[i] = p[i] < q[i];
      }
    } else if (primitive == Primitive.BITCAST && a instanceof float[] p) {
      for (int i = 0; i < count; i++) {
        ((int[]) out)[i] = Float.floatToRawIntBits(p[i]);
      }
    } else if (primitive == Primitive.BITCAST && a instanceof int[] p) {
      for (int i = 0; i < count; i++) {
        ((float[]) out)[i] = Float.intBitsToFloat(p[i]);
      }
    } else if (primitive == Primitive.BITCAST && a instanceof double[] p) {
      for (int i = 0; i < count; i++) {
        ((long[]) out)[i] = Double.doubleToRawLongBits(p[i]);
      }
    } else if (primitive == Primitive.BITCAST && a instanceof long[] p) {
      for (int i = 0; i < count; i++) {
        ((double[]) out)[i] = Double.longBitsToDouble(p[i]);
      }
    } else if (primitive == Primitive.CONVERT && a instanceof int[] p && out instanceof float[] y) {
      for (int i = 0; i < count; i++) {
        y[i] = p[i];
      }
    } else if (primitive == Primitive.EQ && a instanceof float[] p && b instanceof float[] q) {
      for (int i = 0; i < count; i++) {
        ((boolean[]) out)[i] = p[i] == q[i];
      }
    } else {
      return false;
    }
    return true;
  }

  private static void fill(Object out, Object value) {
    switch (out) {
      case float[] y -> Arrays.fill(y, (float) value);
      case double[] y -> Arrays.fill(y, (double) value);
      case int[] y -> Arrays.fill(y, (int) value);
      case long[] y -> Arrays.fill(y, (long) value);
      case boolean[] y -> Arrays.fill(y, (boolean) value);
      default -> throw new IllegalArgumentException(out.getClass().getName());
    }
  }

  private static Object array(DType dtype, int length) {
    return switch (dtype) {
      case FLOAT32, FLOAT16, BFLOAT16 -> new float[length];
      case FLOAT64 -> new double[length];
      case INT32, INT8, INT16, UINT8 -> new int[length];
      case INT64 -> new long[length];
      case BOOL -> new boolean[length];
    };
  }
}
