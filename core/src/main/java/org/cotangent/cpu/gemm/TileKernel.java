package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;

/**
 * The innermost loop: tiles of C, a few rows by one, two or four vectors, held in registers over a
 * block of the depth. Offsets and distances are in bytes.
 */
interface TileKernel {
  /** The most rows a tile has; those of every tile divide it. */
  int MOST_ROWS = 8;

  /** {@return bytes of a vector} */
  int vectorBytes();

  /** {@return vectors in a row of the widest tile: 4, or 2 where registers are few} */
  int widest();

  /** {@return rows of a tile so many vectors wide} */
  int rows(int vectors);

  /**
   * Continues the chains of {@code tiles} tiles that lie below each other: {@code C = From + A B}.
   *
   * @param vectors in a row of a tile: 1, 2 or 4, at most {@link #widest}
   * @param tiles how many
   * @param aRow distance between rows of A; its columns are adjacent
   * @param bRow distance between rows of B; its columns are adjacent
   * @param depth columns of A, rows of B
   * @param from where the chains start: zeros, or C's partial sums
   * @param fromRow distance between rows, 0 for the same row over and over
   */
  void run(
      int vectors,
      int tiles,
      MemorySegment a,
      long aOffset,
      long aRow,
      MemorySegment b,
      long bOffset,
      long bRow,
      int depth,
      MemorySegment from,
      long fromOffset,
      long fromRow,
      MemorySegment c,
      long cOffset,
      long cRow);

  /**
   * Continues some chains of a matrix times a vector. Of each vector but one lane counts: an
   * element of A is broadcast as fast as it is read.
   *
   * @param rows of A, from 1 to {@link #MOST_ROWS}
   * @param aRow distance between rows of A; its columns are adjacent
   * @param b the vector, its elements adjacent
   * @param depth columns of A
   * @param first whether the chains start from 0, and not from what C holds
   * @param cRow distance between results
   */
  void column(
      int rows,
      MemorySegment a,
      long aOffset,
      long aRow,
      MemorySegment b,
      long bOffset,
      int depth,
      boolean first,
      MemorySegment c,
      long cOffset,
      long cRow);

  /** Copies {@code rows} rows of {@code panels} times the widest tile's row into panels. */
  void pack(
      MemorySegment from,
      long offset,
      long row,
      MemorySegment to,
      long panel,
      long panelBytes,
      int rows,
      int panels);
}
