package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoopStepTest {
  private static final long[] SIZES = {0, 1, 7, 1023, 1024, 1025, 5000};

  private static Body unary(DType dtype, Function<Term, Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(function.apply(builder.input(dtype)));
  }

  private static LoopKernel kernel(
      Shape domain,
      List<Operand> inputs,
      List<Coordinate> coordinates,
      Body body,
      List<Operand> outputs) {
    return new LoopKernel("test", CpuRig.ORIGIN, domain, inputs, coordinates, body, outputs);
  }

  /** Runs a kernel and compares with the body's own meaning. */
  private static void check(CpuRig rig, LoopKernel kernel) {
    List<MemorySegment> before = kernel.inputs().stream().map(rig::snapshot).toList();
    rig.run(kernel);
    for (long i = 0; i < kernel.domain().size(); i++) {
      List<Object> arguments = new ArrayList<>();
      for (int k = 0; k < before.size(); k++) {
        arguments.add(CpuRig.get(before.get(k), kernel.inputs().get(k), i));
      }
      if (!kernel.coordinates().isEmpty()) {
        arguments.add(i);
      }
      List<Object> expected = kernel.body().evaluate(arguments);
      for (int k = 0; k < expected.size(); k++) {
        Object actual = rig.get(kernel.outputs().get(k), i);
        CpuRig.assertSame(expected.get(k), actual, "result " + k + " at " + i);
      }
    }
  }

  /** Layouts of a domain that no two elements share. */
  private static List<Layout> distinct(Shape shape) {
    int rank = shape.rank();
    List<Layout> layouts = new ArrayList<>();
    layouts.add(Layout.contiguous(shape));
    layouts.add(Layout.of(shape, shape.strides(), 3));
    long[] apart = shape.strides();
    long[] backwards = shape.strides();
    long[] transposed = new long[rank];
    long stride = 1;
    for (int axis = 0; axis < rank; axis++) {
      apart[axis] *= 3;
      backwards[axis] *= axis % 2 == 0 ? -1 : 1;
      transposed[axis] = stride;
      stride *= Math.max(1, shape.dim(axis));
    }
    layouts.add(Layout.of(shape, apart, 0));
    layouts.add(Layout.of(shape, backwards, 0));
    layouts.add(Layout.of(shape, transposed, 1));
    return layouts;
  }

  /** Layouts that repeat elements: along each axis, and along all. */
  private static List<Layout> broadcast(Shape shape) {
    List<Layout> layouts = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      layouts.add(Layout.contiguous(shape.with(axis, 1)).broadcast(shape));
    }
    layouts.add(Layout.of(shape, new long[shape.rank()], 5));
    return layouts;
  }

  @ParameterizedTest
  @EnumSource(names = "BOOL", mode = EnumSource.Mode.EXCLUDE)
  void everyLayout(DType dtype) {
    Random random = new Random(1);
    for (Shape shape :
        List.of(
            Shape.SCALAR,
            Shape.of(7),
            Shape.of(3, 5),
            Shape.of(2, 1, 700),
            // Rows long enough for tiles of their own, shorter and longer than a tile.
            Shape.of(3, 300),
            Shape.of(2, 1500),
            Shape.of(40, 3, 30),
            Shape.of(2, 3, 2, 3, 5))) {
      List<Layout> outputs = distinct(shape);
      List<Layout> inputs = new ArrayList<>(outputs);
      inputs.addAll(broadcast(shape));
      try (CpuRig rig = new CpuRig(1, Loops.VECTOR, ReduceStep.Order.ANY)) {
        for (int i = 0; i < inputs.size(); i++) {
          Operand a = rig.random(random, dtype, inputs.get(i));
          Operand b = rig.random(random, dtype, inputs.get((i + 1) % inputs.size()));
          Operand y = rig.operand(dtype, outputs.get(i % outputs.size()));
          Operand z = rig.operand(DType.INT64, outputs.get((i + 1) % outputs.size()));
          check(
              rig,
              kernel(
                  shape,
                  List.of(a, b),
                  List.of(Coordinate.INDEX),
                  HandmadeKernels.productAndOrder(dtype),
                  List.of(y, z)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everySize(Loops loops) {
    Random random = new Random(2);
    for (long size : SIZES) {
      for (DType dtype : List.of(DType.FLOAT32, DType.INT64)) {
        try (CpuRig rig = new CpuRig(1, loops, ReduceStep.Order.ANY)) {
          Shape shape = Shape.of(size);
          Operand a = rig.random(random, dtype, size);
          Operand b = rig.random(random, dtype, Layout.of(shape, new long[] {-2}, 0));
          Operand y = rig.operand(dtype, size);
          Operand z = rig.operand(DType.INT64, Layout.of(shape, new long[] {2}, 1));
          check(
              rig,
              kernel(
                  shape,
                  List.of(a, b),
                  List.of(Coordinate.INDEX),
                  HandmadeKernels.productAndOrder(dtype),
                  List.of(y, z)));
        }
      }
    }
  }

  /** Rows that may run at once, alone and with what is not a row's; with one step and with more. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void manyRows(DType dtype) {
    Random random = new Random(7);
    for (Shape shape :
        List.of(
            Shape.of(5, 256),
            Shape.of(11, 320),
            Shape.of(19, 1024),
            Shape.of(3, 5000),
            Shape.of(7, 3, 272),
            // In several pieces, which begin at rows or within them.
            Shape.of(250, 320),
            Shape.of(14, 5000))) {
      for (Layout layout : broadcast(shape)) {
        for (Loops loops : List.of(Loops.PLAIN, Loops.VECTOR)) {
          for (boolean one : new boolean[] {true, false}) {
            try (CpuRig rig = new CpuRig(2, loops, ReduceStep.Order.ANY)) {
              Operand a = rig.random(random, dtype, shape.dims());
              Operand b = rig.random(random, dtype, layout);
              Operand y = rig.operand(dtype, shape.dims());
              BodyBuilder builder = new BodyBuilder();
              Term x = builder.input(dtype);
              Term sum = x.plus(builder.input(dtype));
              Body body = builder.build(one ? sum : sum.times(x).max(sum));
              check(rig, kernel(shape, List.of(a, b), List.of(), body, List.of(y)));
              // In place.
              check(rig, kernel(shape, List.of(a, b), List.of(), body, List.of(a)));
            }
          }
        }
      }
    }
  }

  /** Rows of which a tile has many: some that come again, after as many elements or fewer. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void shortRows(DType dtype) {
    Random random = new Random(8);
    for (Shape shape :
        List.of(
            Shape.of(700, 10),
            Shape.of(130, 64),
            Shape.of(90, 65),
            Shape.of(41, 255),
            Shape.of(60, 6, 35),
            // Longer than what is taken at once: 400 and 35 elements come again.
            Shape.of(21, 16, 25),
            Shape.of(4100, 3))) {
      Layout row = Layout.contiguous(shape.with(0, 1).with(shape.rank() - 2, 1)).broadcast(shape);
      for (Layout layout : broadcast(shape)) {
        for (Loops loops : List.of(Loops.PLAIN, Loops.VECTOR)) {
          try (CpuRig rig = new CpuRig(2, loops, ReduceStep.Order.ANY)) {
            Operand a = rig.random(random, dtype, shape.dims());
            Operand b = rig.random(random, dtype, layout);
            Operand c = rig.random(random, dtype, row);
            Operand y = rig.operand(dtype, shape.dims());
            BodyBuilder builder = new BodyBuilder();
            Term x = builder.input(dtype);
            Term sum = x.plus(builder.input(dtype)).times(builder.input(dtype));
            Body body = builder.build(sum.max(x));
            check(rig, kernel(shape, List.of(a, b, c), List.of(), body, List.of(y)));
            check(rig, kernel(shape, List.of(a, b, c), List.of(), body, List.of(a)));
          }
        }
      }
    }
  }

  /** Rows longer than the largest tile; where all lie in place and where one is copied. */
  @ParameterizedTest
  @EnumSource
  void longRows(Loops loops) {
    Random random = new Random(6);
    Shape shape = Shape.of(2, 66_003);
    for (Layout layout : broadcast(shape)) {
      for (boolean copied : new boolean[] {false, true}) {
        try (CpuRig rig = new CpuRig(2, loops, ReduceStep.Order.ANY)) {
          Operand a = rig.random(random, DType.FLOAT32, shape.dims());
          Operand b = rig.random(random, DType.FLOAT32, layout);
          Layout output =
              copied ? Layout.of(shape, new long[] {1, 2}, 0) : Layout.contiguous(shape);
          Operand y = rig.operand(DType.FLOAT32, output);
          BodyBuilder several = new BodyBuilder();
          Term x = several.input(DType.FLOAT32);
          Body waits = several.build(x.plus(several.input(DType.FLOAT32)).times(x).negate());
          BodyBuilder one = new BodyBuilder();
          Body straight = one.build(one.input(DType.FLOAT32).plus(one.input(DType.FLOAT32)));
          for (Body body : List.of(waits, straight)) {
            check(rig, kernel(shape, List.of(a, b), List.of(), body, List.of(y)));
          }
        }
      }
    }
  }

  @Test
  void inPlace() {
    Random random = new Random(3);
    for (Layout layout :
        Stream.of(Shape.of(30, 70), Shape.of(3, 1100))
            .flatMap(shape -> distinct(shape).stream())
            .toList()) {
      try (CpuRig rig = new CpuRig(1, Loops.VECTOR, ReduceStep.Order.ANY)) {
        Operand a = rig.random(random, DType.INT64, layout);
        Operand b = rig.random(random, DType.INT64, layout);
        check(
            rig,
            kernel(
                layout.shape(),
                List.of(a, b),
                List.of(Coordinate.INDEX),
                HandmadeKernels.productAndOrder(DType.INT64),
                List.of(b, a)));
      }
    }
  }

  @Test
  void boolsAndCopies() {
    Random random = new Random(4);
    Shape shape = Shape.of(3, 1025);
    try (CpuRig rig = new CpuRig(1, Loops.VECTOR, ReduceStep.Order.ANY)) {
      for (Layout layout : distinct(shape)) {
        Operand a = rig.random(random, DType.BOOL, layout);
        Operand y = rig.operand(DType.BOOL, 3, 1025);
        check(rig, kernel(shape, List.of(a), List.of(), unary(DType.BOOL, x -> x), List.of(y)));
        check(rig, kernel(shape, List.of(a), List.of(), unary(DType.BOOL, Term::not), List.of(y)));
      }
    }
  }

  @Test
  void generatorsHaveNoInputs() {
    BodyBuilder builder = new BodyBuilder();
    Body body = builder.build(builder.input(DType.INT64).convert(DType.FLOAT32));
    try (CpuRig rig = new CpuRig(2, Loops.VECTOR, ReduceStep.Order.ANY)) {
      Operand y = rig.operand(DType.FLOAT32, 200_000);
      rig.run(kernel(y.layout().shape(), List.of(), List.of(Coordinate.INDEX), body, List.of(y)));
      for (int i = 0; i < 200_000; i++) {
        assertEquals((float) i, rig.get(y, i));
      }
    }
  }

  @Test
  void threadsAndTwinsAgree() {
    Shape shape = Shape.of(70, 3000);
    List<MemorySegment> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 8}) {
      for (Loops loops : Loops.values()) {
        try (CpuRig rig = new CpuRig(threads, loops, ReduceStep.Order.ANY)) {
          Random random = new Random(5);
          Operand a = rig.random(random, DType.FLOAT32, distinct(shape).get(4));
          Operand b = rig.random(random, DType.FLOAT32, broadcast(shape).get(0));
          Operand y = rig.operand(DType.FLOAT32, 70, 3000);
          Operand z = rig.operand(DType.INT64, 70, 3000);
          LoopKernel kernel =
              kernel(
                  shape,
                  List.of(a, b),
                  List.of(Coordinate.INDEX),
                  HandmadeKernels.productAndOrder(DType.FLOAT32),
                  List.of(y, z));
          if (results.isEmpty()) {
            check(rig, kernel);
          } else {
            rig.run(kernel);
          }
          results.add(rig.snapshot(y));
          results.add(rig.snapshot(z));
        }
      }
    }
    for (int i = 2; i < results.size(); i++) {
      assertEquals(-1, results.get(i % 2).mismatch(results.get(i)), "run " + i / 2);
    }
  }
}
