package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;

/**
 * Products of operands that loops may not look at: on the heap, unaligned, or of a mapped file (see
 * {@link OffHeap} and {@link org.cotangent.type.MappedPages}). They are copied to the workspace
 * block by block. From one block of the depth to the next C carries the chains on, so the bits are
 * the same.
 */
final class StagedBlocks implements Blocks {
  /** A block is at most 512 KiB, and stays in the second cache. */
  private static final int SIDE = 256;

  private final Blocks blocks;

  /**
   * Makes them.
   *
   * @param blocks what multiplies
   */
  StagedBlocks(Blocks blocks) {
    this.blocks = blocks;
  }

  @Override
  public void multiply(
      Product p,
      long m,
      long n,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    long rows = OffHeap.isPlain(a, p.elementBytes()) ? m : Math.min(m, SIDE);
    long columns = OffHeap.isPlain(b, p.elementBytes()) ? n : Math.min(n, SIDE);
    long bPlace = (long) SIDE * SIDE * p.elementBytes();
    MemorySegment stage = workspace.stage(2 * bPlace);
    for (long j = 0; j < n; j += columns) {
      long width = Math.min(columns, n - j);
      long l = 0;
      do {
        long depth = Math.min(SIDE, p.k() - l);
        long bStart = bOffset + l * p.bRow() + j * p.bColumn();
        Block right =
            new Block(b, bStart, p.bRow(), p.bColumn())
                .readable(depth, width, p.elementBytes(), stage, bPlace);
        for (long i = 0; i < m; i += rows) {
          long height = Math.min(rows, m - i);
          long aStart = aOffset + i * p.aRow() + l * p.aColumn();
          Block left =
              new Block(a, aStart, p.aRow(), p.aColumn())
                  .readable(height, depth, p.elementBytes(), stage, 0);
          blocks.multiply(
              product(p, depth, left, right, l > 0),
              height,
              width,
              left.memory,
              left.offset,
              right.memory,
              right.offset,
              c,
              cOffset + i * p.cRow() + j * p.cColumn(),
              workspace);
        }
        l += SIDE;
      } while (l < p.k());
    }
  }

  private static Product product(
      Product p, long depth, Block left, Block right, boolean continues) {
    return new Product(
        p.elementBytes(),
        p.m(),
        p.n(),
        depth,
        left.row,
        left.column,
        right.row,
        right.column,
        p.cRow(),
        p.cColumn(),
        continues);
  }

  /** Where a block of an operand lies, in bytes. */
  private record Block(MemorySegment memory, long offset, long row, long column) {
    /** This block, or a copy of it in which adjacent elements stay adjacent. */
    private Block readable(long rows, long columns, int bytes, MemorySegment stage, long place) {
      if (OffHeap.isPlain(memory, bytes)) {
        return this;
      }
      boolean byColumns = row == bytes && column != bytes;
      Block copy =
          byColumns
              ? new Block(stage, place, bytes, rows * bytes)
              : new Block(stage, place, columns * bytes, bytes);
      if (byColumns || column == bytes) {
        long lines = byColumns ? columns : rows;
        long length = (byColumns ? rows : columns) * bytes;
        for (long line = 0; line < lines; line++) {
          long from = offset + line * (byColumns ? column : row);
          MemorySegment.copy(memory, from, stage, place + line * length, length);
        }
        return copy;
      }
      for (long i = 0; i < rows; i++) {
        for (long j = 0; j < columns; j++) {
          long from = offset + i * row + j * column;
          MemorySegment.copy(memory, from, stage, place + (i * columns + j) * bytes, bytes);
        }
      }
      return copy;
    }
  }
}
