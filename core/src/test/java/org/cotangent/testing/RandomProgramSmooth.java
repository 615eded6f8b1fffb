package org.cotangent.testing;

import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.op.Add;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Divide;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Full;
import org.cotangent.op.Log;
import org.cotangent.op.LogSoftmax;
import org.cotangent.op.Max;
import org.cotangent.op.Maximum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Relu;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sqrt;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.op.Tanh;
import org.cotangent.op.Where;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Float64 programs that are differentiable at almost every point and finite at all: what could have
 * a pole is led through {@code 1 + y²}, what could grow fast through tanh.
 */
final class RandomProgramSmooth {
  private static final long LARGEST = 200;

  private static final List<long[]> SHAPES =
      Arrays.asList(new long[][] {{}, {1}, {3}, {2, 3}, {3, 1}, {1, 4}, {0, 3}, {2, 1, 2}, {3, 3}});

  private static final List<ObjIntConsumer<RandomProgramDraft>> STEPS =
      List.of(
          (draft, x) -> draft.add(new Add(), x, draft.pickLike(x)),
          (draft, x) -> draft.add(new Subtract(), x, draft.pickLike(x)),
          (draft, x) -> draft.add(new Multiply(), x, draft.pickLike(x)),
          (draft, x) -> draft.add(new Multiply(), x, draft.pickLike(x)),
          (draft, x) -> draft.add(new Divide(), x, positive(draft, draft.pickLike(x))),
          (draft, x) -> draft.add(new Log(), positive(draft, x)),
          (draft, x) -> draft.add(new Sqrt(), positive(draft, x)),
          (draft, x) -> draft.add(new Tanh(), x),
          (draft, x) -> draft.add(new Exp(), draft.add(new Tanh(), x)),
          (draft, x) -> draft.add(new Negative(), x),
          (draft, x) -> draft.add(new Relu(), x),
          (draft, x) -> draft.add(new Maximum(), x, draft.pickLike(x)),
          RandomProgramSmooth::where,
          RandomProgramSmooth::reduction,
          (draft, x) -> draft.add(RandomProgramShapes.any(draft.random, draft.shape(x)), x),
          (draft, x) -> draft.add(RandomProgramShapes.any(draft.random, draft.shape(x)), x),
          RandomProgramSmooth::alongAnAxis,
          RandomProgramSmooth::alongAnAxis,
          RandomProgramSmooth::contraction,
          RandomProgramSmooth::innerGradient,
          RandomProgramSmooth::ownGradient);

  private RandomProgramSmooth() {}

  static RandomProgram of(long seed) {
    RandomProgramDraft draft = new RandomProgramDraft(seed);
    int inputs = draft.random.nextInt(1, 4);
    for (int i = 0; i < inputs; i++) {
      draft.input(DType.FLOAT64, draft.oneOf(SHAPES));
    }
    int steps = draft.random.nextInt(3, 17);
    for (int i = 0; i < steps; i++) {
      int x = draft.pick();
      if (draft.type(x).dtype() == DType.FLOAT64 && draft.shape(x).size() <= LARGEST) {
        draft.oneOf(STEPS).accept(draft, x);
      }
    }
    return draft.finish(draft.random.nextInt(1, 4), type -> type.dtype() == DType.FLOAT64);
  }

  /** 1 + x². */
  private static int positive(RandomProgramDraft draft, int x) {
    return draft.add(
        new Add(), draft.add(new Multiply(), x, x), draft.add(Full.of(draft.type(x), 1)));
  }

  private static void where(RandomProgramDraft draft, int x) {
    int y = draft.pickLike(x);
    int less = draft.add(new Compare(Compare.Kind.LESS), x, y);
    draft.add(new Where(), less, x, draft.add(new Multiply(), x, y));
  }

  private static void reduction(RandomProgramDraft draft, int x) {
    Shape shape = draft.shape(x);
    List<Integer> axes = draft.axes(shape);
    boolean empty = axes.stream().anyMatch(axis -> shape.dim(axis) == 0);
    draft.add(empty || draft.random.nextBoolean() ? new Sum(axes) : new Max(axes), x);
  }

  private static void alongAnAxis(RandomProgramDraft draft, int x) {
    Shape shape = draft.shape(x);
    if (shape.rank() == 0) {
      return;
    }
    int axis = draft.random.nextInt(shape.rank());
    switch (draft.random.nextInt(5)) {
      case 0 -> draft.add(new Concatenate(axis), x, draft.pickLike(x), x);
      case 1 -> draft.add(new CumulativeSum(axis, draft.random.nextBoolean()), x);
      case 2 -> draft.add(new Softmax(axis), x);
      case 3 -> draft.add(new LogSoftmax(axis), x);
      default -> {
        if (shape.dim(axis) > 0) {
          draft.add(new Take(axis), x, draft.indices((int) shape.dim(axis), 2, 2));
        }
      }
    }
  }

  private static void contraction(RandomProgramDraft draft, int x) {
    if (draft.shape(x).rank() == 2) {
      draft.add(new DotGeneral(List.of(), List.of(), List.of(1), List.of(1)), x, draft.pickLike(x));
    }
  }

  /** 2xy as the gradient of p²y at x, where y is captured, and may be x itself. */
  private static void innerGradient(RandomProgramDraft draft, int x) {
    draft.add(
        "grad(p -> sum(p * p * y))",
        in -> Cotangent.grad((Tensor p) -> p.mul(p).mul(in.getLast()).sum(), in.getFirst()),
        draft.type(x),
        x,
        draft.pickLike(x));
  }

  /** x tanh x with a vjp written by hand. */
  private static void ownGradient(RandomProgramDraft draft, int x) {
    draft.add(
        "withGradient(p * tanh(p))",
        in ->
            Cotangent.<Tensor, Tensor>withGradient(
                p -> p.mul(p.tanh()),
                (p, value, cotangent) -> {
                  Tensor tanh = p.tanh();
                  return cotangent.mul(tanh.add(p.mul(tanh.square().neg().add(1))));
                },
                in.getFirst()),
        draft.type(x),
        x);
  }
}
