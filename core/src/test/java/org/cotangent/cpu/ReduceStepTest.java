package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.ReduceStep.Order;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.TileOps;
import org.cotangent.cpu.tile.TileTree;
import org.cotangent.graph.Reduction;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Max;
import org.cotangent.op.Sum;
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

class ReduceStepTest {
  private static final Loops[] LOOPS = Loops.values();

  /** A layout of the axes that are left, in two flavours. */
  private static Layout keptLayout(Shape domain, List<Integer> axes, boolean strided) {
    Shape kept = HandmadeKernels.kept(domain, axes);
    long[] strides = kept.strides();
    for (int axis = 0; axis < strides.length && strided; axis++) {
      strides[axis] *= axis == 0 ? -2 : 2;
    }
    return Layout.of(kept, strides, 0);
  }

  /** The results by the association of the kernel's documentation, one sequence at a time. */
  private static List<List<Object>> model(CpuRig rig, ReduceKernel kernel) {
    Shape domain = kernel.domain();
    Shape kept = HandmadeKernels.kept(domain, kernel.axes());
    List<List<List<Object>>> sequences = new ArrayList<>();
    for (long i = 0; i < kept.size(); i++) {
      sequences.add(new ArrayList<>());
    }
    for (long index = 0; index < domain.size(); index++) {
      long rest = index;
      long sequence = 0;
      long position = 0;
      long keptStride = 1;
      long reducedStride = 1;
      for (int axis = domain.rank() - 1; axis >= 0; axis--) {
        long at = rest % domain.dim(axis);
        rest /= domain.dim(axis);
        if (kernel.axes().contains(axis)) {
          position += at * reducedStride;
          reducedStride *= domain.dim(axis);
        } else {
          sequence += at * keptStride;
          keptStride *= domain.dim(axis);
        }
      }
      List<Object> arguments = new ArrayList<>();
      for (Operand input : kernel.inputs()) {
        arguments.add(rig.get(input, index));
      }
      for (Coordinate coordinate : kernel.coordinates()) {
        arguments.add(coordinate == Coordinate.INDEX ? index : position);
      }
      // Row-major order of the domain visits the elements of each sequence in order.
      sequences.get((int) sequence).add(kernel.lift().evaluate(arguments));
    }
    return sequences.stream()
        .map(sequence -> kernel.finish().evaluate(reduced(kernel.combine(), sequence)))
        .toList();
  }

  private static List<Object> reduced(Body combine, List<List<Object>> sequence) {
    while (sequence.size() > 1) {
      List<List<Object>> results = new ArrayList<>();
      for (int from = 0; from < sequence.size(); from += 1024) {
        int to = Math.min(sequence.size(), from + 1024);
        results.add(block(combine, new ArrayList<>(sequence.subList(from, to))));
      }
      sequence = results;
    }
    return sequence.getFirst();
  }

  private static List<Object> block(Body combine, List<List<Object>> block) {
    while (block.size() > 1) {
      int h = 1;
      while (2 * h < block.size()) {
        h *= 2;
      }
      for (int i = 0; i + h < block.size(); i++) {
        List<Object> both = new ArrayList<>(block.get(i));
        both.addAll(block.get(i + h));
        block.set(i, combine.evaluate(both));
      }
      block.subList(h, block.size()).clear();
    }
    return block.getFirst();
  }

  private static void assertResults(CpuRig rig, ReduceKernel kernel, List<List<Object>> expected) {
    for (int i = 0; i < expected.size(); i++) {
      for (int k = 0; k < kernel.outputs().size(); k++) {
        CpuRig.assertSame(
            expected.get(i).get(k),
            rig.get(kernel.outputs().get(k), i),
            "result %d at %d of %s over %s".formatted(k, i, kernel.domain(), kernel.axes()));
      }
    }
  }

  private record Case(Shape domain, List<Integer> axes) {}

  private static final List<Case> CASES =
      List.of(
          new Case(Shape.SCALAR, List.of()),
          new Case(Shape.of(3, 5), List.of()),
          new Case(Shape.of(1), List.of(0)),
          new Case(Shape.of(7), List.of(0)),
          new Case(Shape.of(0, 5), List.of(1)),
          new Case(Shape.of(1023), List.of(0)),
          new Case(Shape.of(1024), List.of(0)),
          new Case(Shape.of(1025), List.of(0)),
          new Case(Shape.of(5000), List.of(0)),
          new Case(Shape.of(5, 13), List.of(1)),
          new Case(Shape.of(13, 5), List.of(0)),
          new Case(Shape.of(3, 1025), List.of(1)),
          new Case(Shape.of(1025, 3), List.of(0)),
          new Case(Shape.of(2, 1100), List.of(0)),
          new Case(Shape.of(1100, 2), List.of(1)),
          new Case(Shape.of(1500, 17), List.of(1)),
          new Case(Shape.of(40, 700), List.of(1)),
          new Case(Shape.of(4, 5, 6), List.of(0, 2)),
          new Case(Shape.of(4, 5, 6), List.of(1)),
          new Case(Shape.of(2, 1, 3, 400), List.of(1, 3)),
          new Case(Shape.of(30, 2, 70), List.of(0, 2)));

  @ParameterizedTest
  @EnumSource
  void everyShapeAndLayout(Order order) {
    Random random = new Random(1);
    int round = 0;
    for (Case it : CASES) {
      for (Reduction op : List.of(new Sum(it.axes), new Max(it.axes), new ArgMax(it.axes))) {
        DType dtype = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32).get(round % 3);
        for (int flavour = 0; flavour < 3; flavour++) {
          try (CpuRig rig = new CpuRig(1, round++ % 2 == 0 ? Loops.VECTOR : Loops.PLAIN, order)) {
            Operand x = rig.random(random, dtype, flavour(it.domain, flavour));
            DType result = op.finish(dtype).resultTypes().getFirst();
            Operand y = rig.operand(result, keptLayout(it.domain, it.axes, flavour == 1));
            ReduceKernel kernel = HandmadeKernels.reduction(op, x, List.of(y));
            rig.run(kernel);
            assertResults(rig, kernel, model(rig, kernel));
          }
        }
      }
    }
  }

  /** Contiguous, transposed, or strided with the last axis backwards and the first repeated. */
  private static Layout flavour(Shape shape, int flavour) {
    int rank = shape.rank();
    long[] strides = shape.strides();
    long stride = 1;
    for (int axis = 0; axis < rank; axis++) {
      if (flavour == 1) {
        strides[axis] = stride;
        stride *= Math.max(1, shape.dim(axis));
      } else if (flavour == 2) {
        strides[axis] *= axis == rank - 1 ? -3 : axis == 0 ? 0 : 1;
      }
    }
    return Layout.of(shape, strides, 0);
  }

  @Test
  void associationOfManyBlocks() {
    // More than 1024 blocks: three levels.
    int length = 1024 * 1024 + 1025;
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Body identity = builder.build(x, builder.input(DType.INT64));
    for (Order order : Order.values()) {
      try (CpuRig rig = new CpuRig(2, Loops.VECTOR, order)) {
        ReduceKernel kernel =
            new ReduceKernel(
                "test",
                CpuRig.ORIGIN,
                Shape.of(length),
                List.of(0),
                List.of(rig.random(new Random(2), DType.FLOAT32, length)),
                List.of(Coordinate.INDEX),
                identity,
                notAssociative(),
                identity,
                List.of(rig.operand(DType.FLOAT32), rig.operand(DType.INT64)));
        rig.run(kernel);
        float[] values = rig.memory(kernel.inputs().getFirst()).toArray(ValueLayout.JAVA_FLOAT);
        long[] indices = LongStream.range(0, length).toArray();
        reduceNotAssociative(values, indices);
        assertResults(rig, kernel, List.of(List.of(values[0], indices[0])));
      }
    }
  }

  @Test
  void threeLevelsWithoutPhases() {
    int length = 1024 * 1024 + 1025;
    Random random = new Random(5);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat();
    }
    float[] expected = values.clone();
    long[] indices = LongStream.range(0, length).toArray();
    reduceNotAssociative(expected, indices);
    Room room = new Room();
    int entries = Math.max(RowReduction.entries(length), ColumnReduction.entries(length));
    Accumulators.Plan plan = new Accumulators.Plan(new int[] {4, 8}, 1024, entries, room);
    TileTree tree = new TileTree(TileCode.of(notAssociative(), TileOps.plain(), null), null);
    try (WorkerState state = new WorkerState()) {
      MemorySegment memory = state.tiles().atLeast(room.bytes());
      Accumulators accumulators = new Accumulators(plan, tree, memory, state.registers());
      // All sequences are equal, and columns are one wide: both orders ask for the same leaves.
      Leaves leaves =
          (kept, element, count, into, entry) -> {
            for (int i = 0; i < count; i++) {
              float value = values[(int) element + i];
              memory.set(ValueLayout.JAVA_FLOAT, into.offset(entry, 0, i), value);
              memory.set(ValueLayout.JAVA_LONG, into.offset(entry, 1, i), element + i);
            }
            return count;
          };
      List<Long> taken = new ArrayList<>();
      RowReduction.Results results =
          (first, count, from, entry) -> {
            for (int i = 0; i < count; i++) {
              assertEquals(
                  expected[0], memory.get(ValueLayout.JAVA_FLOAT, from.offset(entry, 0, i)));
              assertEquals(indices[0], memory.get(ValueLayout.JAVA_LONG, from.offset(entry, 1, i)));
              taken.add(first + i);
            }
          };
      new RowReduction(leaves, length, false, accumulators).reduce(3, 5, results);
      new ColumnReduction(leaves, null, length, 1, accumulators).reduce(6, 7, results);
      assertEquals(List.of(3L, 4L, 6L), taken);
    }
  }

  /** The model for {@link #notAssociative}, unboxed; the results are the first elements. */
  private static void reduceNotAssociative(float[] values, long[] indices) {
    for (int length = values.length; length > 1; length = Math.ceilDiv(length, 1024)) {
      for (int from = 0; from < length; from += 1024) {
        for (int count = Math.min(1024, length - from), h; count > 1; count = h) {
          h = Integer.highestOneBit(count - 1);
          for (int i = from; i + h < from + count; i++) {
            values[i] = values[i] * 0.5f - values[i + h];
            indices[i] = 31 * indices[i] + indices[i + h];
          }
        }
        values[from / 1024] = values[from];
        indices[from / 1024] = indices[from];
      }
    }
  }

  /** A combination that shows every change of order: a/2 - b, and 31 i + j. */
  private static Body notAssociative() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.FLOAT32);
    Term i = builder.input(DType.INT64);
    Term b = builder.input(DType.FLOAT32);
    Term j = builder.input(DType.INT64);
    return builder.build(a.times(a.literal(0.5)).minus(b), i.times(i.literal(31L)).plus(j));
  }

  @Test
  void coordinatesAndTwoInputs() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Term y = builder.input(DType.FLOAT32);
    Term position = builder.input(DType.INT64);
    Term index = builder.input(DType.INT64);
    Body lift = builder.build(x.minus(y), index.times(index.literal(10_000L)).plus(position));
    builder = new BodyBuilder();
    Term a = builder.input(DType.FLOAT32);
    Body finish = builder.build(builder.input(DType.INT64), a.negate());
    for (Order order : Order.values()) {
      for (List<Integer> axes : List.of(List.of(0), List.of(1), List.of(0, 2), List.of(1, 2))) {
        try (CpuRig rig = new CpuRig(1, Loops.VECTOR, order)) {
          Random random = new Random(3);
          Shape domain = Shape.of(4, 300, 5);
          ReduceKernel kernel =
              new ReduceKernel(
                  "test",
                  CpuRig.ORIGIN,
                  domain,
                  axes,
                  List.of(
                      rig.random(random, DType.FLOAT32, flavour(domain, 0)),
                      rig.random(random, DType.FLOAT32, flavour(domain, 2))),
                  List.of(Coordinate.POSITION, Coordinate.INDEX),
                  lift,
                  notAssociative(),
                  finish,
                  List.of(
                      rig.operand(DType.INT64, keptLayout(domain, axes, false)),
                      rig.operand(DType.FLOAT32, keptLayout(domain, axes, true))));
          rig.run(kernel);
          assertResults(rig, kernel, model(rig, kernel));
        }
      }
    }
  }

  /**
   * Rows that are a block each, of an operand of the whole, one that is the same along rows, and
   * one that is the same for all, in one piece and in several.
   */
  @Test
  void wholeRows() {
    Random random = new Random(8);
    for (Shape shape : List.of(Shape.of(1100, 128), Shape.of(5, 1024), Shape.of(3, 7, 256))) {
      BodyBuilder builder = new BodyBuilder();
      Term x = builder.input(DType.FLOAT32);
      Term mean = builder.input(DType.FLOAT32);
      Body lift = builder.build(x.minus(mean).times(builder.input(DType.FLOAT32)));
      Sum sum = new Sum(List.of(shape.rank() - 1));
      for (Loops loops : LOOPS) {
        try (CpuRig rig = new CpuRig(2, loops, Order.ROWS)) {
          Shape kept = shape.without(new int[] {shape.rank() - 1}, false);
          Shape one = shape.with(shape.rank() - 1, 1);
          Shape row = Shape.of(shape.dim(shape.rank() - 1));
          ReduceKernel kernel =
              new ReduceKernel(
                  "test",
                  CpuRig.ORIGIN,
                  shape,
                  sum.axes(),
                  List.of(
                      rig.random(random, DType.FLOAT32, shape.dims()),
                      rig.random(random, DType.FLOAT32, Layout.contiguous(one).broadcast(shape)),
                      rig.random(random, DType.FLOAT32, Layout.contiguous(row).broadcast(shape))),
                  List.of(),
                  lift,
                  sum.combine(DType.FLOAT32),
                  sum.finish(DType.FLOAT32),
                  List.of(rig.operand(DType.FLOAT32, kept.dims())));
          rig.run(kernel);
          assertResults(rig, kernel, model(rig, kernel));
        }
      }
    }
  }

  /** Lifts of all lengths, so that whole blocks are cut into 8, 4 and 2 parts, and into none. */
  @Test
  void firstLevelsOfWholeBlocks() {
    Shape domain = Shape.of(3, 2100);
    Layout ofRows = Layout.of(domain, new long[] {1, 0}, 0);
    int flavour = 0;
    for (int length : new int[] {0, 5, 11, 30, 120}) {
      for (Loops loops : LOOPS) {
        try (CpuRig rig = new CpuRig(1, loops, Order.ROWS)) {
          Random random = new Random(6);
          BodyBuilder builder = new BodyBuilder();
          Term x = builder.input(DType.FLOAT32);
          Term row = builder.input(DType.FLOAT32);
          Term index = builder.input(DType.INT64);
          Term lifted = x;
          for (int i = 0; i < length; i++) {
            lifted = i % 2 == 0 ? lifted.minus(row) : lifted.times(lifted.literal(-0.5 - i));
          }
          ReduceKernel kernel =
              new ReduceKernel(
                  "test",
                  CpuRig.ORIGIN,
                  domain,
                  List.of(1),
                  List.of(
                      rig.random(random, DType.FLOAT32, flavour(domain, flavour++ % 3)),
                      rig.random(random, DType.FLOAT32, ofRows)),
                  List.of(Coordinate.INDEX),
                  builder.build(lifted, index),
                  notAssociative(),
                  firstTwo(),
                  List.of(
                      rig.operand(DType.FLOAT32, Layout.contiguous(Shape.of(3))),
                      rig.operand(DType.INT64, Layout.contiguous(Shape.of(3)))));
          rig.run(kernel);
          assertResults(rig, kernel, model(rig, kernel));
        }
      }
    }
  }

  /** A float and a long, as they are. */
  private static Body firstTwo() {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(DType.FLOAT32), builder.input(DType.INT64));
  }

  @Test
  void randomBodies() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      long[] dims = new long[1 + random.nextInt(4)];
      List<Integer> axes = new ArrayList<>();
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = 1L + random.nextInt(random.nextBoolean() ? 12 : 3);
        if (random.nextBoolean()) {
          axes.add(axis);
        }
      }
      Shape domain = Shape.of(dims);
      BodyBuilder builder = new BodyBuilder();
      Body combine =
          builder.build(mixed(random, builder.input(DType.FLOAT32), builder.input(DType.FLOAT32)));
      builder = new BodyBuilder();
      Term x = builder.input(DType.FLOAT32);
      Body lift = builder.build(mixed(random, x, x));
      for (Order order : Order.values()) {
        try (CpuRig rig = new CpuRig(1, LOOPS[random.nextInt(LOOPS.length)], order)) {
          ReduceKernel kernel =
              new ReduceKernel(
                  "test",
                  CpuRig.ORIGIN,
                  domain,
                  axes,
                  List.of(rig.random(random, DType.FLOAT32, flavour(domain, seed % 3))),
                  List.of(),
                  lift,
                  combine,
                  lift,
                  List.of(rig.operand(DType.FLOAT32, keptLayout(domain, axes, seed % 2 == 0))));
          rig.run(kernel);
          assertResults(rig, kernel, model(rig, kernel));
        }
      }
    }
  }

  private static Term mixed(Random random, Term a, Term b) {
    return switch (random.nextInt(5)) {
      case 0 -> a.plus(b);
      case 1 -> a.min(b).minus(b);
      case 2 -> b.fma(a.literal(0.25), a);
      case 3 -> a.below(b).select(b, a.negate());
      default -> a;
    };
  }

  @Test
  void threadsOrdersAndTwinsAgree() {
    for (Case it :
        List.of(
            new Case(Shape.of(300_000), List.of(0)),
            new Case(Shape.of(3, 70_000), List.of(1)),
            new Case(Shape.of(70_000, 3), List.of(0)),
            new Case(Shape.of(2000, 130), List.of(0)),
            new Case(Shape.of(130, 2000), List.of(1)),
            new Case(Shape.of(2000, 128), List.of(1)),
            new Case(Shape.of(20_000, 10), List.of(1)))) {
      List<MemorySegment> results = new ArrayList<>();
      for (int threads : new int[] {1, 2, 8}) {
        for (Order order : Order.values()) {
          try (CpuRig rig = new CpuRig(threads, threads == 2 ? Loops.PLAIN : Loops.TIERED, order)) {
            Operand x = rig.random(new Random(4), DType.FLOAT32, it.domain.dims());
            Operand y = rig.operand(DType.FLOAT32, keptLayout(it.domain, it.axes, false));
            ReduceKernel kernel = HandmadeKernels.reduction(new Sum(it.axes), x, List.of(y));
            rig.run(kernel);
            results.add(rig.snapshot(y));
          }
        }
      }
      for (MemorySegment result : results) {
        assertEquals(-1, results.getFirst().mismatch(result), it.toString());
      }
    }
  }
}
