package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.op.Add;
import org.cotangent.op.Sort;
import org.cotangent.op.Sort.Result;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SortPtxTest {
  /** Rows of one under and over a block, a pair of blocks and so on, and of many blocks. */
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1),
          Shape.of(7),
          Shape.of(8),
          Shape.of(9),
          Shape.of(16),
          Shape.of(17),
          Shape.of(31),
          Shape.of(3, 33),
          Shape.of(1031),
          Shape.of(40, 3),
          Shape.of(2, 71, 3),
          Shape.of(700, 2),
          Shape.of(0, 3),
          Shape.of(4, 0));

  private static final List<List<Result>> RESULTS =
      List.of(
          List.of(Result.VALUES, Result.POSITIONS),
          List.of(Result.POSITIONS),
          List.of(Result.VALUES));

  static OpKernel kernel(PtxRig rig, Random random, Sort op, DType dtype, Shape shape) {
    Operand input = rig.random(random, dtype, Layout.of(shape, shape.strides(), 3));
    List<Operand> outputs =
        op.results().stream()
            .map(result ->
                rig.operand(
                    result == Result.VALUES ? dtype : DType.INT64,
                    Layout.of(shape, shape.strides(), 1)))
            .toList();
    return new OpKernel(PtxRig.ORIGIN, op, List.of(input), outputs);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64", "BOOL"})
  void everyShapeAndAxis(DType dtype) {
    Random random = new Random(1);
    for (Shape shape : SHAPES) {
      for (int axis = 0; axis < shape.rank(); axis++) {
        for (boolean descending : List.of(false, true)) {
          List<Result> results = RESULTS.get(random.nextInt(RESULTS.size()));
          PtxRig rig = new PtxRig();
          Sort op = new Sort(axis, descending, results);
          rig.check(kernel(rig, random, op, dtype, shape), 1 + axis);
        }
      }
    }
  }

  private static List<Double> specials() {
    List<Double> specials = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      specials.addAll(
          List.of(
              0.0,
              -0.0,
              Double.NaN,
              Double.POSITIVE_INFINITY,
              Double.NEGATIVE_INFINITY,
              1e-45,
              -1e-45,
              i - 2.0));
    }
    return specials;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void zerosAreEqualAndNaNIsTheLargest(DType dtype) {
    List<Double> specials = specials();
    for (int length : List.of(5, 7, specials.size())) {
      for (boolean descending : List.of(false, true)) {
        PtxRig rig = new PtxRig();
        Sort op = new Sort(0, descending);
        OpKernel kernel = kernel(rig, new Random(2), op, dtype, Shape.of(length));
        for (int i = 0; i < length; i++) {
          rig.set(kernel.inputs().getFirst(), i, dtype.rounded(specials.get(i)));
        }
        rig.check(kernel, 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT32", "INT64"})
  void theLargestAndSmallestIntegersComeBeforeNothing(DType dtype) {
    for (boolean descending : List.of(false, true)) {
      PtxRig rig = new PtxRig();
      OpKernel kernel = kernel(rig, new Random(3), new Sort(0, descending), dtype, Shape.of(21));
      for (int i = 0; i < 21; i++) {
        long extreme = i % 3 == 0 ? dtype.largestInteger() : dtype.smallestInteger();
        rig.set(kernel.inputs().getFirst(), i, dtype.value(extreme));
      }
      rig.check(kernel, 1);
    }
  }

  @Test
  void whatANaNCarriesStays() {
    PtxRig rig = new PtxRig();
    Sort op = new Sort(0, false, List.of(Result.VALUES));
    OpKernel kernel = kernel(rig, new Random(4), op, DType.FLOAT32, Shape.of(3));
    Operand input = kernel.inputs().getFirst();
    Operand words = new Operand(input.buffer(), DType.INT32, input.layout());
    List<Integer> nans = List.of(0x7f800001, 0xffc12345, 0x7fc00000);
    for (int i = 0; i < nans.size(); i++) {
      rig.set(words, i, nans.get(i));
    }
    rig.run(kernel);
    Operand output = kernel.outputs().getFirst();
    Operand sorted = new Operand(output.buffer(), DType.INT32, output.layout());
    assertEquals(nans, Stream.of(0L, 1L, 2L).map(i -> rig.get(sorted, i)).toList());
  }

  @Test
  void aTextServesAllSizesAndAxes() {
    List<Source> texts = new ArrayList<>();
    for (int axis = 0; axis < 3; axis++) {
      PtxRig rig = new PtxRig();
      Shape shape = Shape.of(40 + axis, 51, 62);
      OpKernel kernel = kernel(rig, new Random(5), new Sort(axis, false), DType.FLOAT32, shape);
      rig.launches(kernel).forEach(launch -> texts.add(launch.source()));
    }
    // One each of blocks, of merged runs, and of the last ones.
    assertEquals(3, texts.stream().distinct().count());
  }

  @Test
  void otherOpsHaveNoKernel() {
    PtxRig rig = new PtxRig();
    Op op = new Add();
    Operand x = rig.operand(DType.FLOAT32, Shape.of(3));
    OpKernel kernel = new OpKernel(PtxRig.ORIGIN, op, List.of(x), List.of(x));
    assertEquals(
        "test at Foo.java:12: there is no CUDA kernel for add; run it on device cpu, or write the"
            + " op as a composite",
        assertThrows(DeviceException.class, () -> rig.launches(kernel)).getMessage());
  }
}
