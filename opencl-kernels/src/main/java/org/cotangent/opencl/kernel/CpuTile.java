package org.cotangent.opencl.kernel;

/**
 * How a CPU goes through a matrix product, see {@code matmul_cpu.cl}.
 *
 * @param rows of a tile
 * @param vectors of a tile's row
 * @param span steps of the depth whose panels stay in the cache, a multiple of 16
 * @param rowBlock rows of a block at most
 * @param columnBlock columns of a block at most
 * @param packLeft bytes of the left operand from which it is copied into panels
 * @param packRight bytes of the right operand from which it is copied into panels
 */
record CpuTile(
    int rows, int vectors, int span, int rowBlock, int columnBlock, int packLeft, int packRight)
    implements Tile {
  /** Checks that the numbers fit together. */
  CpuTile {
    if (rows < 1 || vectors < 1 || rows * vectors > 64) {
      throw new IllegalArgumentException(
          "a tile of " + rows + " rows of " + vectors + " vectors: have 1 to 64 vectors in all");
    }
    if (span < 16 || span % 16 != 0) {
      throw new IllegalArgumentException("span is " + span + ": make it a multiple of 16");
    }
    if (rowBlock < 1 || columnBlock < 1 || packLeft < 0 || packRight < 0) {
      throw new IllegalArgumentException(
          "blocks have 1 row and column at least, and 0 is the least" + " size that is packed");
    }
  }

  /** {@return as in a table} */
  @Override
  public String toString() {
    return "rows=%d vectors=%d span=%d row-block=%d column-block=%d pack-left=%d pack-right=%d"
        .formatted(rows, vectors, span, rowBlock, columnBlock, packLeft, packRight);
  }
}
