package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoopPtxTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.SCALAR,
          Shape.of(1),
          Shape.of(7),
          Shape.of(1025),
          Shape.of(3000),
          Shape.of(3, 5),
          Shape.of(4, 1, 6, 2),
          Shape.of(33, 17));

  /** Layouts of a shape: as it is, later, backwards, transposed, rows and columns repeated. */
  private static List<Layout> layouts(Shape shape) {
    List<Layout> layouts = new ArrayList<>();
    layouts.add(Layout.contiguous(shape));
    layouts.add(Layout.of(shape, shape.strides(), 3));
    long[] backwards = shape.strides();
    long[] transposed = new long[shape.rank()];
    long[] rows = shape.strides();
    long[] columns = new long[shape.rank()];
    long stride = 1;
    for (int axis = 0; axis < shape.rank(); axis++) {
      backwards[axis] *= axis == shape.rank() - 1 ? -1 : 1;
      transposed[axis] = stride;
      stride *= shape.dim(axis);
      rows[axis] = axis == 0 ? 0 : rows[axis];
      columns[axis] = axis == 0 ? 1 : 0;
    }
    layouts.add(Layout.of(shape, backwards, 0));
    layouts.add(Layout.of(shape, transposed, 0));
    layouts.add(Layout.of(shape, rows, 0));
    layouts.add(Layout.of(shape, columns, 1));
    layouts.add(Layout.of(shape, new long[shape.rank()], 0));
    return layouts;
  }

  @ParameterizedTest
  @EnumSource
  void everyShapeAndLayout(DType dtype) {
    Random random = new Random(1);
    for (Shape shape : SHAPES) {
      List<Layout> layouts = layouts(shape);
      for (int k = 0; k < layouts.size(); k++) {
        PtxRig rig = new PtxRig();
        Operand a = rig.random(random, dtype, layouts.get(k));
        Operand b = rig.random(random, dtype, layouts.get((k * 3 + 1) % layouts.size()));
        DType result = arithmetic(dtype);
        // The first four have a place for each element.
        Operand c = rig.operand(result, layouts.get(k % 4));
        Operand d = rig.operand(DType.INT64, shape);
        rig.check(kernel(arithmetic(dtype), shape, a, b, c, d), 1 + k % 3);
      }
    }
  }

  /** Of bool there is no product. */
  private static DType arithmetic(DType dtype) {
    return dtype == DType.BOOL ? DType.UINT8 : dtype;
  }

  private static LoopKernel kernel(
      DType dtype, Shape shape, Operand a, Operand b, Operand c, Operand d) {
    return new LoopKernel(
        "test",
        PtxRig.ORIGIN,
        shape,
        List.of(
            new Operand(a.buffer(), dtype, a.layout()), new Operand(b.buffer(), dtype, b.layout())),
        List.of(Coordinate.INDEX),
        HandmadeKernels.productAndOrder(dtype),
        List.of(c, d));
  }

  @Test
  void aTextServesAllSizesAndOperandsOfOneKind() {
    PtxRig rig = new PtxRig();
    Random random = new Random(2);
    List<Source> sources = new ArrayList<>();
    for (Shape shape : List.of(Shape.of(9), Shape.of(40, 50), Shape.of(2, 3, 4))) {
      Operand a = rig.random(random, DType.FLOAT32, Layout.contiguous(shape));
      Operand c = rig.operand(DType.FLOAT32, shape);
      Operand d = rig.operand(DType.INT64, shape);
      sources.add(LoopPtx.launch(kernel(DType.FLOAT32, shape, a, a, c, d)).source());
    }
    assertEquals(1, sources.stream().distinct().count());
    assertTrue(sources.getFirst().text().contains("ld.global.v2.f32"), sources.getFirst().text());
  }

  @Test
  void elementsApartAreNoVectors() {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(8, 9);
    Layout repeated = Layout.of(shape, new long[] {0, 1}, 0);
    Operand a = rig.random(new Random(3), DType.FLOAT32, repeated);
    Operand c = rig.operand(DType.FLOAT32, shape);
    Operand d = rig.operand(DType.INT64, shape);
    String text = LoopPtx.launch(kernel(DType.FLOAT32, shape, a, a, c, d)).source().text();
    assertFalse(text.contains(".v2."), text);
  }
}
