package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.Random;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Reduction;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Max;
import org.cotangent.op.Sum;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReducePtxTest {
  /** A domain and the axes that go. */
  private record Case(Shape domain, List<Integer> axes) {}

  private static final List<Case> CASES =
      List.of(
          new Case(Shape.SCALAR, List.of()),
          new Case(Shape.of(3, 5), List.of()),
          new Case(Shape.of(1), List.of(0)),
          new Case(Shape.of(7), List.of(0)),
          new Case(Shape.of(33), List.of(0)),
          new Case(Shape.of(257), List.of(0)),
          new Case(Shape.of(1023), List.of(0)),
          new Case(Shape.of(1024), List.of(0)),
          new Case(Shape.of(1030), List.of(0)),
          new Case(Shape.of(3, 1100), List.of(1)),
          new Case(Shape.of(5, 13), List.of(1)),
          new Case(Shape.of(13, 5), List.of(0)),
          new Case(Shape.of(2, 500), List.of(1)),
          new Case(Shape.of(4, 5, 6), List.of(0, 2)),
          new Case(Shape.of(3, 40, 6), List.of(1)));

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void everyShapeAndLayout(DType dtype) {
    Random random = new Random(1);
    for (Case it : CASES) {
      for (Reduction op : List.of(new Sum(it.axes), new Max(it.axes), new ArgMax(it.axes))) {
        for (boolean transposed : List.of(false, true)) {
          check(op, it, dtype, transposed, random);
        }
      }
    }
  }

  private static void check(Reduction op, Case it, DType dtype, boolean transposed, Random random) {
    PtxRig rig = new PtxRig();
    Operand x = rig.random(random, dtype, layout(it.domain, transposed));
    DType result = op.finish(dtype).resultTypes().getFirst();
    Layout kept = layout(HandmadeKernels.kept(it.domain, it.axes), !transposed);
    rig.check(HandmadeKernels.reduction(op, x, List.of(rig.operand(result, kept))), 2);
  }

  private static Layout layout(Shape shape, boolean transposed) {
    long[] strides = shape.strides();
    long stride = 1;
    for (int axis = 0; axis < shape.rank() && transposed; axis++) {
      strides[axis] = stride;
      stride *= shape.dim(axis);
    }
    return Layout.of(shape, strides, transposed ? 2 : 0);
  }

  @Test
  void manyShortSequencesShareABlock() {
    check(
        new Sum(List.of(1)),
        new Case(Shape.of(1000, 3), List.of(1)),
        DType.FLOAT32,
        false,
        new Random(2));
  }
}
