package org.cotangent.opencl.kernel;

/**
 * How a GPU goes through a matrix product, see {@code matmul_gpu.cl}.
 *
 * @param tileRows rows of a group's tile
 * @param tileColumns columns of a group's tile
 * @param rows of an item's part
 * @param columns of an item's part
 * @param slice steps of the depth in local memory at once
 */
record GpuTile(int tileRows, int tileColumns, int rows, int columns, int slice) implements Tile {
  /** Checks that the numbers fit together. */
  GpuTile {
    if (rows < 1
        || columns < 1
        || slice < 1
        || tileRows % rows != 0
        || tileColumns % columns != 0
        || (columns != 1 && width(tileRows, tileColumns, columns, slice) == 1)) {
      throw new IllegalArgumentException(
          "a tile of %d x %d cannot be shared by items of %d x %d over slices of %d: rows and"
                  .formatted(tileRows, tileColumns, rows, columns, slice)
              + " columns of the tile are multiples of the item's, and all but the item's rows"
              + " multiples of 4 unless the item has one column");
    }
  }

  private static int width(int tileRows, int tileColumns, int columns, int slice) {
    return tileRows % 4 == 0 && tileColumns % 4 == 0 && columns % 4 == 0 && slice % 4 == 0 ? 4 : 1;
  }

  /** {@return elements of the vectors that it moves: 4, or 1} */
  int width() {
    return width(tileRows, tileColumns, columns, slice);
  }

  /** {@return work-items of a group} */
  int local() {
    return tileRows / rows * (tileColumns / columns);
  }

  /**
   * {@return bytes of local memory of a group}
   *
   * @param elementBytes of an element
   */
  long localBytes(int elementBytes) {
    return 2L * slice * (tileRows + tileColumns + 2L * width()) * elementBytes;
  }

  /** {@return as in a table} */
  @Override
  public String toString() {
    return "tile-rows=%d tile-columns=%d rows=%d columns=%d slice=%d"
        .formatted(tileRows, tileColumns, rows, columns, slice);
  }
}
