package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.cotangent.backend.Check;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.NumericException;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NaN in results; wrong indices are searched for in {@link IndexPtxTest}. */
class SearchPtxTest {
  private static final List<Shape> SHAPES =
      List.of(Shape.SCALAR, Shape.of(1), Shape.of(255), Shape.of(257), Shape.of(3, 5, 41));

  /** A copy of an operand, results with another order of axes. */
  static LoopKernel copy(PtxRig rig, DType dtype, Shape shape) {
    BodyBuilder builder = new BodyBuilder();
    long[] strides = new long[shape.rank()];
    long stride = 1;
    for (int axis = 0; axis < shape.rank(); axis++) {
      strides[axis] = stride;
      stride *= shape.dim(axis);
    }
    return new LoopKernel(
        "copy",
        PtxRig.ORIGIN,
        shape,
        List.of(rig.operand(dtype, shape)),
        List.of(),
        builder.build(builder.input(dtype)),
        List.of(rig.operand(dtype, Layout.of(shape, strides, 1))));
  }

  private static void assertFinds(
      PtxRig rig, Check check, LoopKernel kernel, long position, int blocks) {
    assertEquals(
        kernel.made(check, kernel.outputs().getFirst(), position).getMessage(),
        assertThrows(NumericException.class, () -> rig.search(check, kernel, blocks)).getMessage());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16"})
  void theFirstNaNIsFound(DType dtype) {
    for (Shape shape : SHAPES) {
      long last = shape.size() - 1;
      for (long first : List.of(0L, last / 2, last)) {
        PtxRig rig = new PtxRig();
        LoopKernel kernel = copy(rig, dtype, shape);
        Operand input = kernel.inputs().getFirst();
        rig.set(input, 0, dtype.rounded(Double.POSITIVE_INFINITY));
        rig.set(input, last, dtype.rounded(Double.NEGATIVE_INFINITY));
        assertDoesNotThrow(() -> rig.search(Check.NAN, kernel, 1));
        assertFinds(rig, Check.NOT_FINITE, kernel, 0, 1);
        rig.set(input, 0, dtype.rounded(1));
        rig.set(input, last, dtype.rounded(Double.NEGATIVE_INFINITY));
        assertFinds(rig, Check.NOT_FINITE, kernel, last, 1);
        rig.set(input, last, dtype.rounded(Double.NaN));
        assertFinds(rig, Check.NOT_FINITE, kernel, last, 1);
        rig.set(input, first, dtype.rounded(Double.NaN));
        assertFinds(rig, Check.NAN, kernel, first, 1);
      }
    }
  }

  /** More than one block looks at; each block, whose threads come in any order, may find one. */
  @Test
  void manyBlocksAgreeOnTheFirst() {
    for (Shape shape : List.of(Shape.of(SearchPtx.FEW + 1), Shape.of(3, 67, 101))) {
      PtxRig rig = new PtxRig();
      LoopKernel kernel = copy(rig, DType.FLOAT32, shape);
      Operand input = kernel.inputs().getFirst();
      assertDoesNotThrow(() -> rig.search(Check.NAN, kernel, 7));
      // Each time one more, before those that are there.
      for (long first : List.of(shape.size() - 1, 1800L, 1799L, 300L, 0L)) {
        rig.set(input, first, Float.NaN);
        assertFinds(rig, Check.NAN, kernel, first, 7);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void allBitsOfNarrowFloats(DType dtype) {
    short infinity = (short) dtype.bits(dtype.rounded(Double.POSITIVE_INFINITY));
    for (int bits : List.of(infinity + 1, (infinity | 0x8000) + 1, 0x7fff, 0xffff)) {
      PtxRig rig = new PtxRig();
      LoopKernel kernel = copy(rig, dtype, Shape.of(7));
      Operand input = kernel.inputs().getFirst();
      Operand words = new Operand(input.buffer(), DType.INT16, input.layout());
      rig.set(words, 3, (int) (short) bits);
      assertFinds(rig, Check.NAN, kernel, 3, 1);
    }
  }

  @Test
  void integersAreNoNaN() {
    PtxRig rig = new PtxRig();
    LoopKernel kernel = copy(rig, DType.INT32, Shape.of(7));
    rig.set(kernel.inputs().getFirst(), 3, Float.floatToRawIntBits(Float.NaN));
    assertDoesNotThrow(() -> rig.search(Check.NAN, kernel, 1));
  }

  @Test
  void aTextServesAllSizes() {
    long texts =
        List.of(Shape.of(1), Shape.of(700), Shape.of(1, 9)).stream()
            .map(shape -> copy(new PtxRig(), DType.FLOAT32, shape))
            .map(kernel ->
                SearchPtx.found(Check.NAN, kernel, kernel.outputs().getFirst()).getFirst().source())
            .distinct()
            .count();
    assertEquals(1, texts);
  }

  @Test
  void fewElementsAreOneLaunch() {
    assertEquals(1, searches(SearchPtx.FEW));
    assertEquals(2, searches(SearchPtx.FEW + 1));
  }

  private static long searches(long size) {
    LoopKernel kernel = copy(new PtxRig(), DType.FLOAT32, Shape.of(size));
    return SearchPtx.found(Check.NAN, kernel, kernel.outputs().getFirst()).size();
  }
}
