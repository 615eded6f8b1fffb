package org.cotangent.testing;

import java.util.List;
import java.util.Random;
import java.util.function.ObjIntConsumer;
import org.cotangent.graph.Op;
import org.cotangent.op.Add;
import org.cotangent.op.Cast;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Divide;
import org.cotangent.op.Exp;
import org.cotangent.op.FoldKey;
import org.cotangent.op.Full;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Log;
import org.cotangent.op.Maximum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Ndtri;
import org.cotangent.op.Negative;
import org.cotangent.op.Relu;
import org.cotangent.op.Sqrt;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.op.UnitFloat;
import org.cotangent.op.Where;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/**
 * Elementwise programs for inputs on which a wrong rewrite shows: NaN, both zeros, infinities,
 * subnormal and huge numbers, next to constants that the rules of {@code Simplify} look for.
 */
final class RandomProgramSpecials {
  /** Square, so that a transpose has users; the tail of a vector is in it at every width. */
  private static final long[] DIMS = {9, 9};

  private static final double[] VALUES = {
    Double.NaN,
    0.0,
    -0.0,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.MIN_VALUE,
    -Double.MIN_VALUE,
    Float.MIN_VALUE,
    -1e-40,
    Double.MIN_NORMAL,
    1,
    -1,
    0.5,
    -2.5,
    // Beyond int32, beyond int64, and the first whole number that float32 does not hold.
    3e9,
    -3e9,
    1e19,
    16_777_217,
    Float.MAX_VALUE,
    -Double.MAX_VALUE
  };

  private static final double[] NEUTRAL = {0.0, -0.0, 1, -1, Double.NaN, Double.POSITIVE_INFINITY};

  private enum Takes {
    FLOAT,
    NUMBER,
    ANY
  }

  /** Ops of one input; with each the dtypes it takes. */
  private record Unary(Op op, Takes takes) {}

  private static final List<Unary> EXACT =
      List.of(
          new Unary(new Negative(), Takes.NUMBER),
          new Unary(new Negative(), Takes.NUMBER),
          new Unary(new Relu(), Takes.NUMBER),
          new Unary(new IntegerPower(0), Takes.NUMBER),
          new Unary(new IntegerPower(1), Takes.NUMBER),
          new Unary(new IntegerPower(2), Takes.NUMBER),
          new Unary(new Sqrt(), Takes.FLOAT),
          new Unary(new StopGradient(), Takes.FLOAT),
          // No axes and nothing to join: rules take these away, and must leave -0 as it is.
          new Unary(new Sum(List.of()), Takes.FLOAT),
          new Unary(new Concatenate(0), Takes.ANY),
          new Unary(new Transpose(List.of(1, 0)), Takes.ANY),
          new Unary(new Cast(DType.FLOAT32), Takes.ANY),
          new Unary(new Cast(DType.FLOAT64), Takes.ANY),
          new Unary(new Cast(DType.INT32), Takes.ANY),
          new Unary(new Cast(DType.INT64), Takes.ANY),
          new Unary(new Cast(DType.BOOL), Takes.ANY));

  /** The reference has other last digits than these, so only the engine is compared with itself. */
  private static final List<Unary> TRANSCENDENTAL =
      List.of(
          new Unary(new Exp(), Takes.FLOAT),
          new Unary(new Log(), Takes.FLOAT),
          new Unary(new Tanh(), Takes.FLOAT),
          new Unary(new Ndtri(), Takes.FLOAT),
          new Unary(new IntegerPower(-3), Takes.FLOAT));

  private static final List<Op> BINARY =
      List.of(new Add(), new Add(), new Subtract(), new Multiply(), new Maximum());

  private static final List<ObjIntConsumer<RandomProgramDraft>> STEPS =
      List.of(
          (draft, x) -> unary(draft, EXACT, x),
          (draft, x) -> unary(draft, EXACT, x),
          RandomProgramSpecials::binary,
          RandomProgramSpecials::binary,
          RandomProgramSpecials::compare,
          RandomProgramSpecials::where,
          RandomProgramSpecials::random);

  private RandomProgramSpecials() {}

  /** {@return a program of ops that the reference computes to the bit} */
  static RandomProgram exact(long seed) {
    return of(seed, false);
  }

  /** {@return a program with transcendental functions too} */
  static RandomProgram transcendental(long seed) {
    return of(seed, true);
  }

  private static RandomProgram of(long seed, boolean transcendental) {
    RandomProgramDraft draft = new RandomProgramDraft(seed);
    DType dtype = draft.random.nextBoolean() ? DType.FLOAT32 : DType.FLOAT64;
    draft.input(dtype, DIMS);
    draft.input(dtype, DIMS);
    for (int i = 0; i < 25; i++) {
      int x = draft.pick();
      if (transcendental && draft.random.nextInt(4) == 0) {
        unary(draft, TRANSCENDENTAL, x);
      } else {
        draft.oneOf(STEPS).accept(draft, x);
      }
    }
    return draft.finish(3);
  }

  /** {@return inputs in which every special value meets others} */
  static List<HostArray> inputs(RandomProgram program) {
    Random random = RandomProgram.random(~program.seed());
    return program.inputs().stream()
        .map(type ->
            RandomProgram.array(
                type,
                (array, i) -> array.set(i, element(type, VALUES[random.nextInt(VALUES.length)]))))
        .toList();
  }

  private static Object element(TensorType type, double value) {
    return type.dtype() == DType.FLOAT32 ? (Object) (float) value : (Object) value;
  }

  // ---- steps

  private static boolean takes(Takes takes, DType dtype) {
    return switch (takes) {
      case FLOAT -> dtype.isFloating();
      case NUMBER -> dtype != DType.BOOL;
      case ANY -> true;
    };
  }

  private static void unary(RandomProgramDraft draft, List<Unary> ops, int x) {
    Unary unary = draft.oneOf(ops);
    if (takes(unary.takes(), draft.type(x).dtype())) {
      draft.add(unary.op(), x);
    }
  }

  /** One of the operands is a constant in one of three cases. */
  private static void binary(RandomProgramDraft draft, int x) {
    TensorType type = draft.type(x);
    if (type.dtype() == DType.BOOL) {
      return;
    }
    boolean floating = type.dtype().isFloating();
    int y = draft.pickLike(x);
    if (draft.random.nextInt(3) == 0) {
      double number =
          floating ? NEUTRAL[draft.random.nextInt(NEUTRAL.length)] : draft.random.nextInt(-1, 2);
      y = draft.add(Full.of(type, number));
    }
    boolean swapped = draft.random.nextBoolean();
    // Integer division is no op.
    Op op = floating && draft.random.nextInt(5) == 0 ? new Divide() : draft.oneOf(BINARY);
    draft.add(op, swapped ? y : x, swapped ? x : y);
  }

  private static void compare(RandomProgramDraft draft, int x) {
    draft.add(new Compare(draft.oneOf(List.of(Compare.Kind.values()))), x, draft.pickLike(x));
  }

  private static void where(RandomProgramDraft draft, int x) {
    TensorType bool = draft.type(x).with(DType.BOOL);
    int condition = draft.pickOf(bool::equals, -1);
    if (condition < 0 || draft.random.nextInt(4) == 0) {
      condition = draft.add(new Full(bool, draft.random.nextBoolean()));
    }
    draft.add(new Where(), condition, x, draft.pickLike(x));
  }

  /** The ops that random numbers are made of, on any bits. */
  private static void random(RandomProgramDraft draft, int x) {
    DType dtype = draft.type(x).dtype();
    if (dtype == DType.INT64 && draft.random.nextBoolean()) {
      draft.add(new FoldKey(), x, draft.pickLike(x));
    } else if (dtype.isInteger()) {
      draft.add(new UnitFloat(draft.random.nextBoolean()), x);
    }
  }
}
