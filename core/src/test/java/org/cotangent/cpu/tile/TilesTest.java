package org.cotangent.cpu.tile;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.type.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TilesTest {
  private static final int MANY = 3 * TileCode.TILE;

  @ParameterizedTest
  @EnumSource
  void gathersAndScattersAtAnyStride(DType dtype) {
    Random random = new Random(5);
    int width = dtype.bytes();
    try (Arena arena = Arena.ofConfined()) {
      List<Object> values = Cells.random(dtype, MANY, random);
      Cells from = Cells.of(arena, dtype, values);
      for (int count : Cells.COUNTS) {
        for (int stride : new int[] {0, 1, 2, 3, -1, -2}) {
          int first = stride < 0 ? MANY - 1 : 0;
          List<Object> picked =
              IntStream.range(0, count).mapToObj(i -> values.get(first + stride * i)).toList();
          Cells tile = Cells.allocate(arena, dtype, count);
          long at = from.offset() + (long) first * width;
          Tiles.gather(
              from.memory(), at, (long) stride * width, width, tile.memory(), tile.offset(), count);
          tile.assertHolds(picked, "gather " + stride);
          if (stride != 0) {
            Cells to = Cells.of(arena, dtype, values);
            List<Object> cleared = new ArrayList<>(values);
            Object zero = dtype.value(0);
            IntStream.range(0, count).forEach(i -> cleared.set(first + stride * i, zero));
            Cells zeros = Cells.of(arena, dtype, Collections.nCopies(count, zero));
            Tiles.scatter(
                zeros.memory(),
                zeros.offset(),
                width,
                to.memory(),
                to.offset() + (long) first * width,
                (long) stride * width,
                count);
            to.assertHolds(cleared, "scatter " + stride);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void gathersRows(DType dtype) {
    int rows = 7;
    int width = dtype.bytes();
    try (Arena arena = Arena.ofConfined()) {
      List<Object> values = Cells.random(dtype, MANY, new Random(6));
      Cells from = Cells.of(arena, dtype, values);
      for (int count : new int[] {1, 2, 16, 33}) {
        for (int stride : new int[] {0, 1, 3, -1}) {
          for (int row : new int[] {0, 1, -5, 101}) {
            int first = MANY / 2;
            List<Object> picked =
                IntStream.range(0, rows * count)
                    .mapToObj(i -> values.get(first + i / count * row + i % count * stride))
                    .toList();
            Cells tile = Cells.allocate(arena, dtype, rows * count);
            Tiles.gatherRows(
                from.memory(),
                from.offset() + (long) first * width,
                (long) row * width,
                rows,
                (long) stride * width,
                width,
                tile.memory(),
                tile.offset(),
                count);
            tile.assertHolds(picked, "%d apart, %d from row to row".formatted(stride, row));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -5, 1L << 40, Long.MAX_VALUE - 3})
  void iotaCounts(long start) {
    try (Arena arena = Arena.ofConfined()) {
      for (int count : Cells.COUNTS) {
        Cells tile = Cells.allocate(arena, DType.INT64, count);
        Tiles.iota(tile.memory(), tile.offset(), start, count);
        tile.assertHolds(
            LongStream.range(0, count).<Object>mapToObj(i -> start + i).toList(), "iota");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void fills(DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      for (Object special : Cells.specials(dtype)) {
        Cells tile = Cells.allocate(arena, dtype, 13);
        Tiles.fill(tile.memory(), tile.offset(), dtype, dtype.bits(special), 13);
        tile.assertHolds(Collections.nCopies(13, special), "fill");
      }
    }
  }
}
