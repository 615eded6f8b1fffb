package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddPtxTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.SCALAR,
          Shape.of(1),
          Shape.of(5),
          Shape.of(16),
          Shape.of(4099),
          Shape.of(600, 3),
          Shape.of(7, 64),
          Shape.of(3, 5, 8),
          Shape.of(2, 1, 3, 20),
          Shape.of(3, 2, 2, 5));

  /** Layouts of a shape, the first five with a place for each element. */
  private static List<Layout> layouts(Shape shape) {
    int rank = shape.rank();
    long[] straight = shape.strides();
    long[] transposed = new long[rank];
    long[] padded = new long[rank];
    long[] apart = new long[rank];
    long[] row = new long[rank];
    long[] column = straight.clone();
    long inside = 1;
    for (int axis = 0; axis < rank; axis++) {
      transposed[axis] = inside;
      inside *= shape.dim(axis);
    }
    for (int axis = 0; axis < rank; axis++) {
      boolean last = axis == rank - 1;
      // A first element that is a multiple of 16 bytes behind the start, in rows that are as well.
      padded[axis] = last ? 1 : straight[axis] * 8;
      apart[axis] = straight[axis] * 3;
      row[axis] = last ? 1 : 0;
      column[axis] = last ? 0 : straight[axis];
    }
    return List.of(
        Layout.contiguous(shape),
        Layout.of(shape, straight, 1),
        Layout.of(shape, padded, 8),
        Layout.of(shape, transposed, 0),
        Layout.of(shape, apart, 0),
        Layout.of(shape, row, 0),
        Layout.of(shape, column, 0),
        Layout.of(shape, new long[rank], 3));
  }

  private static LoopKernel kernel(Shape shape, Operand a, Operand b, Operand c) {
    BodyBuilder builder = new BodyBuilder();
    Body sum = builder.build(builder.input(a.dtype()).plus(builder.input(a.dtype())));
    return new LoopKernel("add", PtxRig.ORIGIN, shape, List.of(a, b), List.of(), sum, List.of(c));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void everyShapeAndLayout(DType dtype) {
    Random random = new Random(1);
    for (Shape shape : SHAPES) {
      List<Layout> layouts = layouts(shape);
      for (int i = 0; i < layouts.size(); i++) {
        for (int j = 0; j < layouts.size(); j++) {
          PtxRig rig = new PtxRig();
          Operand a = rig.random(random, dtype, layouts.get(i));
          Operand b = rig.random(random, dtype, layouts.get(j));
          Layout result = i > 0 && i < 5 ? layouts.get(i) : layouts.getFirst();
          LoopKernel kernel = kernel(shape, a, b, rig.operand(dtype, result));
          rig.check(kernel, AddPtx.launch(kernel).orElseThrow(), 1 + i % 3);
        }
      }
    }
  }

  @Test
  void aResultMayTakeTheMemoryOfAnOperand() {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(9, 33);
    Operand a = rig.random(new Random(2), DType.FLOAT32, Layout.contiguous(shape));
    Operand b = rig.random(new Random(3), DType.FLOAT32, layouts(shape).get(6));
    LoopKernel kernel = kernel(shape, a, b, a);
    rig.check(kernel, AddPtx.launch(kernel).orElseThrow(), 2);
  }

  @Test
  void whatIsNotThatSumIsALoop() {
    PtxRig rig = new PtxRig();
    Shape many = Shape.of(2, 2, 2, 2, 2);
    Layout backwards = Layout.of(many, new long[] {1, 2, 4, 8, 16}, 0);
    Operand a = rig.operand(DType.FLOAT32, many);
    LoopKernel axes = kernel(many, a, a, rig.operand(DType.FLOAT32, backwards));
    assertTrue(AddPtx.launch(axes).isEmpty());
    Shape shape = Shape.of(3);
    BodyBuilder builder = new BodyBuilder();
    Operand x = rig.operand(DType.FLOAT32, shape);
    Body product = builder.build(builder.input(DType.FLOAT32).times(builder.input(DType.FLOAT32)));
    LoopKernel loop =
        new LoopKernel("mul", PtxRig.ORIGIN, shape, List.of(x, x), List.of(), product, List.of(x));
    assertTrue(AddPtx.launch(loop).isEmpty());
  }

  @Test
  void columnsHaveNoDivisionForEachElement() {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(1000, 4096);
    Operand a = rig.operand(DType.FLOAT32, shape);
    LoopKernel kernel =
        kernel(shape, a, rig.operand(DType.FLOAT32, Layout.of(shape, new long[] {1, 0}, 0)), a);
    // A row has one piece of 256 threads with 4 vectors of 4 elements.
    assertEquals(1000, AddPtx.launch(kernel).orElseThrow().blocks());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_70", "sm_80", "sm_86", "sm_89", "sm_90"})
  void allTextsAssembleWithoutSpills(String chip) {
    Set<Source> sources = new LinkedHashSet<>();
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
      Operand x = new PtxRig().operand(dtype, Shape.of(3));
      sources.add(AddPtx.launch(kernel(Shape.of(3), x, x, x)).orElseThrow().source());
    }
    String log = PtxAssembler.assemble(chip, Source.module(sources));
    assertEquals(sources.size(), log.lines().filter(line -> line.contains("Used ")).count());
    assertEquals(0, PtxAssembler.spills(log), log);
    assertTrue(sources.stream().allMatch(source -> source.text().contains("st.global.wb.v")));
  }
}
