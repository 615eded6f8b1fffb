package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loop of both twins against {@link Scalars}: dtypes, specials, sizes, splats, in place. */
class TileOpsTest {
  private static final long SEED = 20_25L;

  /** One loop to test: a row of the table. */
  record Loop(Primitive primitive, DType operand, DType result) {
    DType dtype(int k) {
      return primitive == Primitive.SELECT && k == 0 ? DType.BOOL : operand;
    }

    List<Object> expected(List<List<Object>> operands, int count) {
      return IntStream.range(0, count)
          .mapToObj(i ->
              Scalars.apply(
                  primitive, operand, result, operands.stream().map(o -> o.get(i)).toList()))
          .toList();
    }
  }

  static Stream<Loop> loops(Primitive primitive) {
    return Stream.of(DType.values())
        .filter(operand -> Scalars.defined(primitive, operand))
        .flatMap(operand ->
            results(primitive, operand).map(result -> new Loop(primitive, operand, result)));
  }

  private static Stream<DType> results(Primitive primitive, DType operand) {
    return switch (primitive) {
      case LT, LE, EQ -> Stream.of(DType.BOOL);
      case CONVERT -> Stream.of(DType.values()).filter(result -> Scalars.converts(operand, result));
      case BITCAST ->
          Stream.of(DType.values())
              .filter(result -> result.bytes() == operand.bytes())
              .filter(result -> result != DType.BOOL || operand == DType.BOOL);
      default -> Stream.of(operand);
    };
  }

  static List<TileOps> twins() {
    return Stream.concat(Stream.of(TileOps.plain()), TileOps.vector().stream()).toList();
  }

  @ParameterizedTest
  @EnumSource
  void meansWhatScalarsSay(Primitive primitive) {
    try (Arena arena = Arena.ofShared()) {
      for (TileOps ops : twins()) {
        loops(primitive)
            .forEach(loop -> {
              for (int splats = 0; splats < 1 << primitive.arity(); splats++) {
                for (int count : splats == 0 ? Cells.COUNTS : new int[] {7, 33, 207}) {
                  check(arena, ops, loop, splats, count, false);
                }
              }
              check(arena, ops, loop, 0, 1024, true);
              check(arena, ops, loop, 0, 207, true);
            });
      }
    }
  }

  /** HotSpot replaces the calls of a hot loop by instructions; the bits must stay. */
  @ParameterizedTest
  @MethodSource("twins")
  void compiledLoopsMeanTheSame(TileOps ops) {
    try (Arena arena = Arena.ofShared()) {
      for (Primitive primitive : Primitive.values()) {
        loops(primitive)
            .forEach(loop -> {
              TileFunction function = ops.function(primitive, loop.operand, loop.result, 0);
              MemorySegment[] rows = new MemorySegment[4];
              for (int k = 0; k < rows.length; k++) {
                rows[k] = arena.allocate(8 * TileCode.TILE, 64);
              }
              long end = System.nanoTime() + 5_000_000;
              while (System.nanoTime() < end) {
                function.apply(rows[0], 0, rows[1], 0, rows[2], 0, rows[3], 0, TileCode.TILE - 3);
              }
              for (int count : Cells.COUNTS) {
                check(arena, ops, loop, 0, count, false);
              }
            });
      }
    }
  }

  private static void check(
      Arena arena, TileOps ops, Loop loop, int splats, int count, boolean inPlace) {
    Random random = new Random(SEED + count);
    int arity = loop.primitive.arity();
    List<List<Object>> operands = new ArrayList<>();
    Cells[] cells = new Cells[3];
    int period = 1;
    for (int k = 0; k < arity; k++) {
      DType dtype = loop.dtype(k);
      List<Object> values = repeating(dtype, count, period, random);
      period *= Cells.specials(dtype).size();
      if ((splats >> k & 1) == 1) {
        values = Collections.nCopies(count, values.getLast());
        cells[k] =
            Cells.of(
                arena,
                dtype,
                Collections.nCopies(TileOps.SPLAT_BYTES / dtype.bytes(), values.getLast()));
      } else {
        cells[k] = Cells.of(arena, dtype, values);
      }
      operands.add(values);
    }
    Arrays.fill(cells, arity, 3, cells[0]);
    Cells last = cells[arity - 1];
    boolean same = inPlace && loop.result.bytes() == last.dtype().bytes();
    Cells to =
        same
            ? new Cells(loop.result, count, last.memory(), last.offset())
            : Cells.allocate(arena, loop.result, count);
    ops.function(loop.primitive, loop.operand, loop.result, splats)
        .apply(
            cells[0].memory(),
            cells[0].offset(),
            cells[1].memory(),
            cells[1].offset(),
            cells[2].memory(),
            cells[2].offset(),
            to.memory(),
            to.offset(),
            count);
    to.assertHolds(
        loop.expected(operands, count),
        ops.getClass().getSimpleName() + " " + loop + " splats " + splats + " count " + count);
  }

  /** Specials in all combinations with those of the other operands, then random values. */
  private static List<Object> repeating(DType dtype, int count, int period, Random random) {
    List<Object> specials = Cells.specials(dtype);
    List<Object> values = Cells.random(dtype, count, random);
    for (int i = 0; i < 3 * count / 4; i++) {
      values.set(i, specials.get(i / period % specials.size()));
    }
    return values;
  }

  @Test
  void whatIsNotDefinedIsRefused() {
    for (TileOps ops : twins()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> ops.function(Primitive.AND, DType.FLOAT32, DType.FLOAT32, 0));
      assertEquals("AND is not defined on float32", e.getMessage());
    }
  }

  /** A heap segment would spoil the loop for all others, see {@link VectorLoops}. */
  @Test
  void vectorLoopsRefuseTheHeap() {
    assumeTrue(TileOps.vector().isPresent());
    MemorySegment heap = MemorySegment.ofArray(new byte[64]);
    for (Primitive primitive :
        List.of(
            Primitive.NEG,
            Primitive.ADD,
            Primitive.FMA,
            Primitive.RINT,
            Primitive.LT,
            Primitive.SELECT,
            Primitive.CONVERT)) {
      DType result =
          switch (primitive) {
            case LT -> DType.BOOL;
            case CONVERT -> DType.INT32;
            default -> DType.FLOAT32;
          };
      TileFunction function =
          TileOps.vector().orElseThrow().function(primitive, DType.FLOAT32, result, 0);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> function.apply(heap, 0, heap, 0, heap, 0, heap, 0, 1));
      assertEquals("a tile must be off-heap", e.getMessage());
    }
  }
}
