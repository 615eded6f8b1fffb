package org.cotangent.cpu;

import java.util.Arrays;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.tile.TileCode;

/**
 * Reduces one sequence after another: a block of it is a tile, whose halves are combined until one
 * element is left. Entry {@code l} takes a block of level {@code l}: level 0 are the leaves, level
 * {@code l + 1} the results of the blocks below. The last entry gathers the results of sequences.
 */
final class RowReduction {
  private static final int BLOCK = ReduceKernel.BLOCK;

  private final Leaves leaves;
  private final Accumulators accumulators;
  private final long length;
  private final int levels;
  private final int[] filled;

  /**
   * Makes a reduction.
   *
   * @param leaves the sequences
   * @param length of each
   * @param accumulators with {@link #entries} entries of a tile
   */
  RowReduction(Leaves leaves, long length, Accumulators accumulators) {
    this.leaves = leaves;
    this.length = length;
    this.accumulators = accumulators;
    levels = levels(length);
    filled = new int[levels];
  }

  /** {@return how many times a sequence is cut into blocks, at least once} */
  static int levels(long length) {
    int levels = 1;
    for (long blocks = length; blocks > BLOCK; levels++) {
      blocks = Math.ceilDiv(blocks, (long) BLOCK);
    }
    return levels;
  }

  /** {@return the entries it takes for sequences of this length} */
  static int entries(long length) {
    return levels(length) + 1;
  }

  /** Takes results. */
  @FunctionalInterface
  interface Results {
    /**
     * Takes the results of consecutive sequences.
     *
     * @param first the first sequence
     * @param count how many, up to a tile
     * @param from holds them
     * @param entry which of its entries
     */
    void take(long first, int count, Accumulators from, int entry);
  }

  /**
   * Reduces sequences.
   *
   * @param from the first
   * @param to one past the last
   * @param results takes their results
   */
  void reduce(long from, long to, Results results) {
    for (long first = from; first < to; first += TileCode.TILE) {
      int count = (int) Math.min(TileCode.TILE, to - first);
      for (int i = 0; i < count; i++) {
        sequence(first + i, i);
      }
      results.take(first, count, accumulators, levels);
    }
  }

  /** Reduces one block of leaves to the first element of entry 0. */
  void block(long sequence, long block) {
    int count = (int) Math.min(BLOCK, length - block * BLOCK);
    int left = leaves.load(sequence, block * BLOCK, count, accumulators, 0);
    if (left > 1) {
      accumulators.halve(0, left);
    }
  }

  private void sequence(long sequence, int result) {
    Arrays.fill(filled, 0);
    long blocks = Math.ceilDiv(length, (long) BLOCK);
    for (long block = 0; block < blocks; block++) {
      block(sequence, block);
      append(0, result);
    }
    for (int level = 1; level < levels; level++) {
      if (filled[level] > 0) {
        finishBlock(level, result);
      }
    }
  }

  /** Moves the result of a block to the next level, where it may complete another. */
  private void append(int level, int result) {
    int next = level + 1;
    if (next == levels) {
      accumulators.copy(level, 0, next, result);
      return;
    }
    accumulators.copy(level, 0, next, filled[next]++);
    if (filled[next] == BLOCK) {
      finishBlock(next, result);
    }
  }

  private void finishBlock(int level, int result) {
    accumulators.halve(level, filled[level]);
    filled[level] = 0;
    append(level, result);
  }
}
