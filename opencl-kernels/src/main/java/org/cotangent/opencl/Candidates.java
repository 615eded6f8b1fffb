package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.opencl.kernel.Traits;

/** Tiles worth measuring, as the lines of a tuning table write them. */
final class Candidates {
  private static final List<String> GPU_TILES =
      List.of(
          "tile-rows=128 tile-columns=128 rows=8 columns=8 slice=8",
          "tile-rows=128 tile-columns=128 rows=8 columns=8 slice=16",
          "tile-rows=128 tile-columns=64 rows=8 columns=4 slice=16",
          "tile-rows=64 tile-columns=128 rows=4 columns=8 slice=16",
          "tile-rows=64 tile-columns=64 rows=8 columns=8 slice=16",
          "tile-rows=64 tile-columns=64 rows=4 columns=4 slice=16",
          "tile-rows=32 tile-columns=64 rows=4 columns=4 slice=16",
          "tile-rows=32 tile-columns=32 rows=2 columns=4 slice=16",
          "tile-rows=32 tile-columns=32 rows=4 columns=4 slice=8",
          "tile-rows=16 tile-columns=16 rows=1 columns=4 slice=16");

  private static final List<String> GPU_ROWS =
      List.of(
          "tile-rows=1 tile-columns=64 rows=1 columns=1 slice=8",
          "tile-rows=1 tile-columns=128 rows=1 columns=1 slice=8",
          "tile-rows=1 tile-columns=256 rows=1 columns=1 slice=4",
          "tile-rows=4 tile-columns=128 rows=1 columns=4 slice=8",
          "tile-rows=4 tile-columns=256 rows=4 columns=4 slice=8");

  private static final List<String> GPU_COLUMNS =
      List.of(
          "tile-rows=64 tile-columns=1 rows=1 columns=1 slice=16",
          "tile-rows=64 tile-columns=1 rows=1 columns=1 slice=32",
          "tile-rows=128 tile-columns=1 rows=1 columns=1 slice=16",
          "tile-rows=128 tile-columns=4 rows=1 columns=4 slice=16",
          "tile-rows=256 tile-columns=4 rows=4 columns=4 slice=8");

  /** Rows and vectors: with the vectors of a row, up to 32 or 16 registers. */
  private static final List<String> MANY_REGISTERS =
      List.of("rows=12 vectors=2", "rows=14 vectors=2", "rows=8 vectors=2", "rows=8 vectors=3");

  private static final List<String> FEW_REGISTERS =
      List.of("rows=6 vectors=2", "rows=4 vectors=3", "rows=12 vectors=1", "rows=12 vectors=2");

  private static final List<String> BLOCKS =
      List.of(
          "span=512 row-block=1024 column-block=128",
          "span=256 row-block=1024 column-block=128",
          "span=256 row-block=192 column-block=512",
          "span=512 row-block=384 column-block=256");

  private static final List<String> PACKING =
      List.of(
          "pack-left=1500000 pack-right=400000",
          "pack-left=1500000 pack-right=0",
          "pack-left=0 pack-right=0");

  private Candidates() {}

  /**
   * {@return tiles for products of a class}
   *
   * @param traits of the device
   * @param sizes row, column, small, medium or large
   */
  static List<String> of(Traits traits, String sizes) {
    if (traits.cpu()) {
      return cpu(traits.vectorBytes() >= 64 ? MANY_REGISTERS : FEW_REGISTERS);
    }
    return switch (sizes) {
      case "row" -> GPU_ROWS;
      case "column" -> GPU_COLUMNS;
      default -> GPU_TILES;
    };
  }

  /** All tiles with the first blocks and packing, and the first tile with all of those. */
  private static List<String> cpu(List<String> tiles) {
    List<String> all = new ArrayList<>();
    for (String tile : tiles) {
      all.add(String.join(" ", tile, BLOCKS.getFirst(), PACKING.getFirst()));
    }
    for (String block : BLOCKS) {
      for (String packing : PACKING) {
        all.add(String.join(" ", tiles.getFirst(), block, packing));
      }
    }
    return all.stream().distinct().toList();
  }
}
