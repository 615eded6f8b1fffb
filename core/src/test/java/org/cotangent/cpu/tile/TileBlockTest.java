package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole blocks in one go, against plain Java's walk over the same tree. */
class TileBlockTest {
  private static final int[] WIDTHS = {128, 256, 512};

  /** A lift, what combines its results, which of its inputs have one value; elements. */
  record Case(Body lift, Body combine, List<Boolean> shared, int count) {
    Case(Body lift, Body combine, List<Boolean> shared) {
      this(lift, combine, shared, TileCode.TILE);
    }

    Case of(int elements) {
      return new Case(lift, combine, shared, elements);
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
            new Case(same(DType.FLOAT32), minus(DType.FLOAT32), List.of(false)),
            new Case(same(DType.FLOAT64), minus(DType.FLOAT64), List.of(false)),
            new Case(same(DType.INT32), minus(DType.INT32), List.of(false)),
            new Case(same(DType.INT64), minus(DType.INT64), List.of(false)),
            new Case(same(DType.FLOAT32), largest(), List.of(false)),
            new Case(less(), minus(DType.FLOAT32), List.of(false, true)),
            new Case(less(), minus(DType.FLOAT32), List.of(true, false)),
            new Case(less(), minus(DType.FLOAT32), List.of(true, true)),
            new Case(converted(), minus(DType.FLOAT32), List.of(false)),
            new Case(longer(20), minus(DType.FLOAT32), List.of(false)),
            new Case(longer(50), minus(DType.FLOAT32), List.of(false)),
            new Case(twice(), crossing(), List.of(false)),
            new Case(twoWidths(), sums(), List.of(false)),
            new Case(wideLift(), minus(DType.FLOAT32), List.of(false)),
            new Case(same(DType.FLOAT32), compared(), List.of(false)),
            new Case(one(), minus(DType.INT32), List.of(false)),
            new Case(widened(DType.BOOL, DType.INT64), minus(DType.INT64), List.of(false)),
            new Case(widened(DType.BOOL, DType.FLOAT32), minus(DType.FLOAT32), List.of(false)),
            new Case(widened(DType.UINT8, DType.INT64), minus(DType.INT64), List.of(false)),
            new Case(widened(DType.INT8, DType.INT64), minus(DType.INT64), List.of(true)),
            new Case(widened(DType.INT16, DType.FLOAT64), minus(DType.FLOAT64), List.of(false)),
            new Case(widened(DType.FLOAT16, DType.FLOAT32), minus(DType.FLOAT32), List.of(false)),
            new Case(widened(DType.BFLOAT16, DType.FLOAT32), minus(DType.FLOAT32), List.of(false)))
        .flatMap(it -> Stream.of(128, 256, 512, 1024).map(it::of));
  }

  private static Body same(DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(dtype));
  }

  /** An order of the elements changes the result. */
  private static Body minus(DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtype);
    return builder.build(builder.input(dtype).minus(a));
  }

  private static Body largest() {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(DType.FLOAT32).max(builder.input(DType.FLOAT32)));
  }

  private static Body less() {
    BodyBuilder builder = new BodyBuilder();
    Term difference = builder.input(DType.FLOAT32).minus(builder.input(DType.FLOAT32));
    return builder.build(difference.times(difference.literal(0.75)));
  }

  private static Body converted() {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(DType.INT32).convert(DType.FLOAT32));
  }

  private static Body widened(DType from, DType to) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(from).convert(to));
  }

  private static Body twice() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.INT32);
    return builder.build(x, x);
  }

  /** A float and a long of an int. */
  private static Body twoWidths() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.INT32);
    return builder.build(x.convert(DType.FLOAT32), x.convert(DType.INT64));
  }

  private static Body sums() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.FLOAT32);
    Term i = builder.input(DType.INT64);
    Term b = builder.input(DType.FLOAT32);
    return builder.build(a.minus(b), builder.input(DType.INT64).minus(i));
  }

  /** Of doubles floats, which fill half a vector. */
  private static Body wideLift() {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(DType.FLOAT64).convert(DType.FLOAT32));
  }

  /** Masks. */
  private static Body compared() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.FLOAT32);
    Term b = builder.input(DType.FLOAT32);
    return builder.build(a.below(b).select(a, b.times(b.literal(0.5))));
  }

  /** A literal, as a count begins with. */
  private static Body one() {
    BodyBuilder builder = new BodyBuilder();
    builder.input(DType.FLOAT32);
    return builder.build(builder.literal(DType.INT32, 1.0));
  }

  private static Body longer(int instructions) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Term y = x;
    for (int i = 0; i < instructions; i++) {
      y = i % 2 == 0 ? y.times(x) : y.minus(x);
    }
    return builder.build(y);
  }

  /** Results that are inputs as they stand, the one where the other was. */
  private static Body crossing() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.INT32);
    builder.input(DType.INT32);
    Term c = builder.input(DType.INT32);
    Term d = builder.input(DType.INT32);
    return builder.build(d, a.minus(c));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void blocksAreReducedAsByTheModel(Case it) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    int written = 0;
    for (int bits : WIDTHS) {
      var block =
          FusedWriter.block(it.lift, it.combine, it.shared, it.count, VectorShape.forBitSize(bits));
      if (block.isPresent()) {
        written++;
        for (int seed = 0; seed < 3; seed++) {
          try (Data data = new Data(it, seed)) {
            block.get().reduce(data.segments, data.offsets);
            assertEquals(data.expected(), data.results(), bits + " bits, " + it);
            data.assertNothingElseWritten();
          }
        }
      }
    }
    assertTrue(written > 0, "written for no width: " + it);
  }

  @Test
  void whatWouldBeTooLongIsNotWritten() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Body lift = longer(70);
    for (int bits : WIDTHS) {
      assertFalse(
          FusedWriter.block(
                  lift,
                  minus(DType.FLOAT32),
                  List.of(false),
                  TileCode.TILE,
                  VectorShape.forBitSize(bits))
              .isPresent());
    }
  }

  @Test
  void whatRunsOftenIsFused() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Case it = new Case(less(), minus(DType.FLOAT32), List.of(false, true));
    try (TierUp tierUp = new TierUp();
        TileScratch registers = new TileScratch();
        Data data = new Data(it, 4)) {
      TileOps ops = TileOps.tiered(tierUp);
      TileTree tree = new TileTree(TileCode.of(it.combine, ops, null), null);
      TileCode lift = TileCode.of(it.lift, ops, null);
      TileBlock block = new TileBlock(lift, tree, it.shared, it.count, tierUp);
      long end = System.nanoTime() + 30_000_000_000L;
      while (!block.isFused() && System.nanoTime() < end) {
        for (int i = 0; i < 5000; i++) {
          block.count();
        }
        lift.run(data.segments, data.offsets, registers, TileCode.TILE);
      }
      assertTrue(block.isFused());
      block.run(data.segments, data.offsets);
      assertEquals(data.expected(), data.results());
    }
  }

  /** A block in memory. */
  private static final class Data implements AutoCloseable {
    private static final long ROOM = 8L * TileCode.TILE;

    private final Case it;
    private final Arena arena = Arena.ofShared();
    private final List<List<Object>> inputs = new ArrayList<>();
    final MemorySegment[] segments;
    final long[] offsets;

    Data(Case it, int seed) {
      this.it = it;
      Random random = new Random(seed);
      int operands = it.lift.inputs().size();
      offsets = new long[operands + it.lift.results().size()];
      segments = new MemorySegment[offsets.length];
      MemorySegment memory = arena.allocate(ROOM * offsets.length, 64);
      memory.fill((byte) 0x5a);
      Arrays.fill(segments, memory);
      for (int entry = 0; entry < offsets.length; entry++) {
        offsets[entry] = ROOM * entry;
      }
      for (int i = 0; i < operands; i++) {
        DType dtype = it.lift.inputs().get(i);
        int present = it.shared.get(i) ? TileOps.SPLAT_BYTES / dtype.bytes() : it.count;
        List<Object> values = Cells.random(dtype, it.count, random);
        for (int at = 0; at < it.count; at++) {
          if (it.shared.get(i)) {
            values.set(at, values.getFirst());
          }
          if (at < present) {
            long bits = dtype.bits(values.get(at));
            Tiles.fill(memory, offsets[i] + (long) at * dtype.bytes(), dtype, bits, 1);
          }
        }
        inputs.add(values);
      }
    }

    List<Object> expected() {
      List<List<Object>> elements = new ArrayList<>();
      for (int i = 0; i < it.count; i++) {
        int at = i;
        elements.add(it.lift.evaluate(inputs.stream().map(input -> input.get(at)).toList()));
      }
      for (int half = it.count / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
          List<Object> both = new ArrayList<>(elements.get(i));
          both.addAll(elements.get(i + half));
          elements.set(i, it.combine.evaluate(both));
        }
      }
      return elements.getFirst();
    }

    List<Object> results() {
      List<Object> results = new ArrayList<>();
      for (int a = 0; a < it.lift.results().size(); a++) {
        int entry = it.lift.inputs().size() + a;
        results.add(
            new Cells(it.lift.resultTypes().get(a), 1, segments[entry], offsets[entry]).get(0));
      }
      return results;
    }

    /** Inputs, and memory behind the block's accumulators, are as they were. */
    void assertNothingElseWritten() {
      for (int i = 0; i < inputs.size(); i++) {
        DType dtype = it.lift.inputs().get(i);
        int present = it.shared.get(i) ? TileOps.SPLAT_BYTES / dtype.bytes() : it.count;
        Cells cells = new Cells(dtype, present, segments[i], offsets[i]);
        for (int at = 0; at < present; at++) {
          assertEquals(inputs.get(i).get(at), cells.get(at), "input " + i);
        }
      }
      for (int a = 0; a < it.lift.results().size(); a++) {
        int entry = inputs.size() + a;
        long room = (long) it.count * it.lift.resultTypes().get(a).bytes();
        for (long at = room; at < ROOM; at++) {
          assertEquals(0x5a, segments[entry].get(ValueLayout.JAVA_BYTE, offsets[entry] + at));
        }
      }
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
