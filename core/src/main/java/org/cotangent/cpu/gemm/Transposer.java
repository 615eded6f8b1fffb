package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Copies matrices whose rows are contiguous to where their columns are, by blocks through two small
 * arrays: of those C2 checks the bounds once, and of memory at every element. Bit by bit: four-byte
 * elements travel as int, eight-byte elements as long. One thread's.
 */
final class Transposer {
  /** Rows and columns of a block. */
  private static final int SIDE = 64;

  // Empty until they are needed.
  private int[] intRows = {};
  private int[] intColumns = {};
  private long[] longRows = {};
  private long[] longColumns = {};

  /**
   * Copies the columns of a matrix.
   *
   * @param elementBytes 4 or 8
   * @param row bytes from one row to the next; the elements of a row are adjacent
   * @param toColumn bytes from one column to the next where they go; the elements of a column are
   *     adjacent there
   */
  void copy(
      int elementBytes,
      MemorySegment from,
      long offset,
      long row,
      MemorySegment to,
      long toOffset,
      long toColumn,
      int rows,
      int columns) {
    for (int i = 0; i < rows; i += SIDE) {
      int height = Math.min(SIDE, rows - i);
      for (int j = 0; j < columns; j += SIDE) {
        int width = Math.min(SIDE, columns - j);
        long source = offset + i * row + (long) j * elementBytes;
        long target = toOffset + j * toColumn + (long) i * elementBytes;
        if (elementBytes == Integer.BYTES) {
          ints(from, source, row, to, target, toColumn, height, width);
        } else {
          longs(from, source, row, to, target, toColumn, height, width);
        }
      }
    }
  }

  private void ints(
      MemorySegment from,
      long source,
      long row,
      MemorySegment to,
      long target,
      long toColumn,
      int height,
      int width) {
    if (intRows.length == 0) {
      intRows = new int[SIDE * SIDE];
      intColumns = new int[SIDE * SIDE];
    }
    for (int i = 0; i < height; i++) {
      MemorySegment.copy(
          from, ValueLayout.JAVA_INT_UNALIGNED, source + i * row, intRows, i * SIDE, width);
    }
    turn(intRows, intColumns, height, width);
    for (int j = 0; j < width; j++) {
      MemorySegment.copy(
          intColumns, j * SIDE, to, ValueLayout.JAVA_INT_UNALIGNED, target + j * toColumn, height);
    }
  }

  private void longs(
      MemorySegment from,
      long source,
      long row,
      MemorySegment to,
      long target,
      long toColumn,
      int height,
      int width) {
    if (longRows.length == 0) {
      longRows = new long[SIDE * SIDE];
      longColumns = new long[SIDE * SIDE];
    }
    for (int i = 0; i < height; i++) {
      MemorySegment.copy(
          from, ValueLayout.JAVA_LONG_UNALIGNED, source + i * row, longRows, i * SIDE, width);
    }
    turn(longRows, longColumns, height, width);
    for (int j = 0; j < width; j++) {
      MemorySegment.copy(
          longColumns,
          j * SIDE,
          to,
          ValueLayout.JAVA_LONG_UNALIGNED,
          target + j * toColumn,
          height);
    }
  }

  private static void turn(int[] rows, int[] columns, int height, int width) {
    for (int j = 0; j < width; j++) {
      int column = j * SIDE;
      for (int i = 0; i < height; i++) {
        columns[column + i] = rows[i * SIDE + j];
      }
    }
  }

  private static void turn(long[] rows, long[] columns, int height, int width) {
    for (int j = 0; j < width; j++) {
      int column = j * SIDE;
      for (int i = 0; i < height; i++) {
        columns[column + i] = rows[i * SIDE + j];
      }
    }
  }
}
