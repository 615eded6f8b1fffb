package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.op.CumulativeSum;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScanPtxTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1),
          Shape.of(7),
          Shape.of(1031),
          Shape.of(3, 5),
          Shape.of(600, 2),
          Shape.of(2, 3, 4),
          Shape.of(4, 0, 3));

  /** A sum that starts behind the start of its buffers. */
  static OpKernel kernel(
      PtxRig rig, Random random, DType dtype, Shape shape, int axis, boolean reverse) {
    Operand input = rig.random(random, dtype, Layout.of(shape, shape.strides(), 3));
    Operand output = rig.operand(dtype, Layout.of(shape, shape.strides(), 1));
    return new OpKernel(
        PtxRig.ORIGIN, new CumulativeSum(axis, reverse), List.of(input), List.of(output));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void everyShapeAndAxis(DType dtype) {
    Random random = new Random(1);
    for (Shape shape : SHAPES) {
      for (int axis = 0; axis < shape.rank(); axis++) {
        for (boolean reverse : List.of(false, true)) {
          PtxRig rig = new PtxRig();
          rig.check(kernel(rig, random, dtype, shape, axis, reverse), 1 + axis);
        }
      }
    }
  }

  @Test
  void negativeZerosStay() {
    PtxRig rig = new PtxRig();
    OpKernel kernel = kernel(rig, new Random(2), DType.FLOAT32, Shape.of(3), 0, false);
    for (int i = 0; i < 3; i++) {
      rig.set(kernel.inputs().getFirst(), i, -0f);
    }
    rig.check(kernel, 1);
  }

  @Test
  void aTextServesAllSizesAxesAndDirections() {
    long texts =
        Stream.of(0, 1, 2)
            .flatMap(axis -> Stream.of(false, true).map(reverse -> text(axis, reverse)))
            .distinct()
            .count();
    assertEquals(1, texts);
  }

  private static Source text(int axis, boolean reverse) {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(4 - axis, 5, 6);
    OpKernel kernel = kernel(rig, new Random(3), DType.FLOAT64, shape, axis, reverse);
    return rig.launches(kernel).getFirst().source();
  }
}
