package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
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
          new Case(Shape.of(3, 40, 6), List.of(1)),
          // Across memory in one of the layouts: with neighbours for a warp, for two and a few.
          new Case(Shape.of(2, 33), List.of(0)),
          new Case(Shape.of(13, 70), List.of(0)),
          new Case(Shape.of(40, 35), List.of(0)),
          new Case(Shape.of(2, 100, 33), List.of(1)),
          new Case(Shape.of(129, 32), List.of(0)),
          new Case(Shape.of(7, 32, 41), List.of(0, 2)),
          new Case(Shape.of(11, 37, 13), List.of(0, 1)),
          new Case(Shape.of(513, 33), List.of(0)),
          new Case(Shape.of(1024, 32), List.of(0)),
          new Case(Shape.of(1050, 33), List.of(0)));

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

  @ParameterizedTest
  @EnumSource
  void everyDTypeAcrossMemory(DType dtype) {
    Random random = new Random(3);
    List<Integer> axes = List.of(0);
    for (Reduction op : List.of(new Sum(axes), new Max(axes), new ArgMax(axes))) {
      for (Shape shape : List.of(Shape.of(5, 33), Shape.of(300, 40))) {
        boolean hasSum = dtype != DType.BOOL;
        if (hasSum || !(op instanceof Sum)) {
          check(op, new Case(shape, axes), dtype, false, random);
        }
      }
    }
  }

  @Test
  void neighboursReadNeighboursAlongAndAcrossMemory() {
    // Threads of one group in a warp shuffle; those of groups beside each other cannot.
    assertEquals(List.of(true), shuffles(Layout.contiguous(Shape.of(40, 300)), 1));
    assertEquals(List.of(false), shuffles(Layout.contiguous(Shape.of(300, 40)), 0));
    assertEquals(List.of(false), shuffles(layout(Shape.of(40, 300), true), 1));
    assertEquals(List.of(true), shuffles(layout(Shape.of(300, 40), true), 0));
    // Too few neighbours.
    assertEquals(List.of(true), shuffles(Layout.contiguous(Shape.of(300, 31)), 0));
    // What the first phase leaves lies as it was.
    assertEquals(List.of(true, true), shuffles(Layout.contiguous(Shape.of(40, 3000)), 1));
    assertEquals(List.of(false, false), shuffles(Layout.contiguous(Shape.of(3000, 40)), 0));
  }

  private static List<Boolean> shuffles(Layout layout, int axis) {
    PtxRig rig = new PtxRig();
    Sum op = new Sum(List.of(axis));
    Operand x = rig.operand(DType.FLOAT32, layout);
    Operand y = rig.operand(DType.FLOAT32, HandmadeKernels.kept(layout.shape(), op.axes()));
    return rig.launches(HandmadeKernels.reduction(op, x, List.of(y))).stream()
        .map(launch -> launch.source().text().contains("shfl"))
        .toList();
  }

  @Test
  void aTextAcrossMemoryServesAllSizes() {
    PtxRig rig = new PtxRig();
    Sum op = new Sum(List.of(0));
    Operand y = rig.operand(DType.FLOAT32, Shape.of(50));
    Set<Source> sources = new HashSet<>();
    for (Shape shape : List.of(Shape.of(600, 40), Shape.of(1000, 50), Shape.of(1024, 32))) {
      Operand x = rig.operand(DType.FLOAT32, shape);
      rig.launches(HandmadeKernels.reduction(op, x, List.of(y)))
          .forEach(launch -> sources.add(launch.source()));
    }
    assertEquals(1, sources.size());
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
