package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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

/** Trees in tiles and fused, against plain Java's walk over the same tree. */
class TileTreeTest {
  private static final int[] COUNTS = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 100, 207, 512, 784, 1000, 1023, 1024
  };

  static Stream<Body> bodies() {
    return Stream.of(
        one(DType.FLOAT32, true),
        one(DType.FLOAT64, true),
        one(DType.INT32, true),
        one(DType.INT64, true),
        one(DType.FLOAT32, false),
        mixed(),
        crossing());
  }

  /** An order of the elements changes the result. */
  private static Body one(DType dtype, boolean sum) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtype);
    Term b = builder.input(dtype);
    return builder.build(sum ? a.plus(a).plus(b) : a.max(b));
  }

  /** The largest and where it is, of dtypes of two widths. */
  private static Body mixed() {
    BodyBuilder builder = new BodyBuilder();
    Term value = builder.input(DType.FLOAT32);
    Term index = builder.input(DType.INT64);
    Term other = builder.input(DType.FLOAT32);
    Term otherIndex = builder.input(DType.INT64);
    Term keep = other.below(value);
    return builder.build(keep.select(value, other), keep.select(index, otherIndex));
  }

  /** Results that are inputs as they stand, the one where the other was. */
  private static Body crossing() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.INT32);
    Term b = builder.input(DType.INT32);
    Term c = builder.input(DType.INT32);
    Term d = builder.input(DType.INT32);
    return builder.build(d, a.plus(b).plus(c));
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void treesAreThatOfTheModel(Body combine) {
    TileTree tiles = new TileTree(TileCode.of(combine, TileOps.plain(), null), null);
    List<TileTree> trees = new ArrayList<>(List.of(tiles));
    if (TileOps.vector().isPresent()) {
      for (int bits : new int[] {128, 256, 512}) {
        TileTree fused = new TileTree(TileCode.of(combine, TileOps.plain(), null), null);
        fused.use(FusedWriter.tree(combine, VectorShape.forBitSize(bits)).orElseThrow());
        trees.add(fused);
      }
    }
    Random random = new Random(3);
    for (int count : COUNTS) {
      List<List<Object>> sets = new ArrayList<>();
      for (DType dtype : combine.resultTypes()) {
        sets.add(Cells.random(dtype, count, random));
      }
      List<Object> expected = model(combine, sets, count);
      for (TileTree tree : trees) {
        assertEquals(expected, result(tree, combine, sets), "count " + count + ", " + combine);
      }
    }
  }

  private static List<Object> model(Body combine, List<List<Object>> sets, int count) {
    List<List<Object>> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = i;
      elements.add(sets.stream().map(set -> set.get(at)).toList());
    }
    while (elements.size() > 1) {
      int half = Integer.highestOneBit(elements.size() - 1);
      for (int i = half; i < elements.size(); i++) {
        List<Object> both = new ArrayList<>(elements.get(i - half));
        both.addAll(elements.get(i));
        elements.set(i - half, combine.evaluate(both));
      }
      elements.subList(half, elements.size()).clear();
    }
    return elements.getFirst();
  }

  private static List<Object> result(TileTree tree, Body combine, List<List<Object>> sets) {
    try (Arena arena = Arena.ofShared();
        TileScratch registers = new TileScratch()) {
      long room = 8L * TileCode.TILE;
      MemorySegment memory = arena.allocate(room * sets.size() + 64, 64);
      memory.fill((byte) 0x5a);
      long[] offsets = new long[sets.size()];
      for (int a = 0; a < offsets.length; a++) {
        DType dtype = combine.resultTypes().get(a);
        offsets[a] = room * a;
        for (int i = 0; i < sets.get(a).size(); i++) {
          long bits = dtype.bits(sets.get(a).get(i));
          Tiles.fill(memory, offsets[a] + (long) i * dtype.bytes(), dtype, bits, 1);
        }
      }
      tree.in(memory, registers).run(offsets, sets.getFirst().size());
      List<Object> result = new ArrayList<>();
      for (int a = 0; a < offsets.length; a++) {
        DType dtype = combine.resultTypes().get(a);
        result.add(new Cells(dtype, 1, memory, offsets[a]).get(0));
      }
      return result;
    }
  }

  @Test
  void boolsAreNotFused() {
    BodyBuilder builder = new BodyBuilder();
    Body any = builder.build(builder.input(DType.BOOL).or(builder.input(DType.BOOL)));
    assertFalse(new TileTree(TileCode.of(any, TileOps.plain(), null), null).written().isPresent());
  }

  /** Whole rows of a reduction, until it is fused, and on. */
  @Test
  void aTreeThatRunsOftenIsFused() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Body sum = one(DType.FLOAT32, true);
    List<List<Object>> sets = List.of(Cells.random(DType.FLOAT32, 1024, new Random(4)));
    List<Object> expected = model(sum, sets, 1024);
    try (TierUp tierUp = new TierUp();
        Arena arena = Arena.ofShared();
        TileScratch registers = new TileScratch()) {
      TileTree tree = new TileTree(TileCode.of(sum, TileOps.tiered(tierUp), tierUp), tierUp);
      TileTree.Halving often = tree.in(arena.allocate(4L * TileCode.TILE, 64), registers);
      long end = System.nanoTime() + 30_000_000_000L;
      while (!tree.isFused() && System.nanoTime() < end) {
        assertEquals(expected, result(tree, sum, sets));
        for (int i = 0; i < 5000; i++) {
          often.run(new long[1], TileCode.TILE);
        }
      }
      assertEquals(true, tree.isFused());
      assertEquals(expected, result(tree, sum, sets));
    }
  }
}
