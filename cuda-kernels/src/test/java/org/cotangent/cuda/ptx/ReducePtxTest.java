package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Phases;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.graph.Reduction;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Max;
import org.cotangent.op.Sum;
import org.cotangent.scalar.Body;
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
    Shape kept = it.domain.without(it.axes.stream().mapToInt(axis -> axis).toArray(), false);
    DType result = op.finish(dtype).resultTypes().getFirst();
    Operand y = rig.operand(result, layout(kept, !transposed));
    ReduceKernel kernel =
        new ReduceKernel(
            "test",
            PtxRig.ORIGIN,
            it.domain,
            op.axes(),
            List.of(x),
            List.of(Coordinate.POSITION),
            op.lift(dtype),
            op.combine(dtype),
            op.finish(dtype),
            List.of(y));
    int workspace = rig.operand(DType.UINT8, Shape.of(Phases.workspace(kernel))).buffer();
    ReducePtx.launches(kernel, workspace).forEach(launch -> rig.run(launch, 2));
    List<List<Object>> expected = model(rig, kernel, x);
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).getFirst(), rig.get(y, i), op + " of " + x + " at " + i);
    }
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

  // ---- the association, as the documentation of ReduceKernel has it

  private static List<List<Object>> model(PtxRig rig, ReduceKernel kernel, Operand x) {
    int rank = kernel.domain().rank();
    List<List<List<Object>>> sequences = new ArrayList<>();
    int[] axes = kernel.axes().stream().mapToInt(axis -> axis).toArray();
    Shape kept = kernel.domain().without(axes, false);
    for (long i = 0; i < kept.size(); i++) {
      sequences.add(new ArrayList<>());
    }
    for (long i = 0; i < kernel.domain().size(); i++) {
      long rest = i;
      long sequence = 0;
      long stride = 1;
      for (int axis = rank - 1; axis >= 0; axis--) {
        if (!kernel.axes().contains(axis)) {
          sequence += rest % kernel.domain().dim(axis) * stride;
          stride *= kernel.domain().dim(axis);
        }
        rest /= kernel.domain().dim(axis);
      }
      List<List<Object>> elements = sequences.get((int) sequence);
      // Row-major order of the domain is that of the reduced axes.
      elements.add(kernel.lift().evaluate(List.of(rig.get(x, i), (long) elements.size())));
    }
    return sequences.stream()
        .map(elements -> kernel.finish().evaluate(reduced(kernel.combine(), elements)))
        .toList();
  }

  private static List<Object> reduced(Body combine, List<List<Object>> elements) {
    List<List<Object>> blocks = new ArrayList<>();
    for (int first = 0; first < elements.size(); first += ReduceKernel.BLOCK) {
      int end = Math.min(elements.size(), first + ReduceKernel.BLOCK);
      List<List<Object>> block = new ArrayList<>(elements.subList(first, end));
      for (int count = block.size(); count > 1; ) {
        int half = Integer.highestOneBit(count - 1);
        for (int i = 0; i + half < count; i++) {
          List<Object> both = new ArrayList<>(block.get(i));
          both.addAll(block.get(i + half));
          block.set(i, combine.evaluate(both));
        }
        count = half;
      }
      blocks.add(block.getFirst());
    }
    return blocks.size() == 1 ? blocks.getFirst() : reduced(combine, blocks);
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
