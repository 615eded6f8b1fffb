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

  /** How many sequences are loaded at once. */
  private final int together;

  private final int levels;
  private final int[] filled;

  /**
   * Makes a reduction.
   *
   * @param leaves the sequences
   * @param length of each
   * @param apart whether each is loaded by itself, else as many as fit in a tile
   * @param accumulators with {@link #entries} entries of a tile
   */
  RowReduction(Leaves leaves, long length, boolean apart, Accumulators accumulators) {
    this.leaves = leaves;
    this.length = length;
    together = apart ? 1 : (int) Math.max(1, BLOCK / Math.max(1, length));
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
      if (together > 1) {
        shortSequences(first, count);
      } else {
        for (int i = 0; i < count; i++) {
          sequence(first + i, i);
        }
      }
      results.take(first, count, accumulators, levels);
    }
  }

  /** Reduces sequences whose leaves are loaded as many at a time as fit in a tile. */
  private void shortSequences(long first, int count) {
    int each = (int) length;
    for (int i = 0; i < count; i += together) {
      int sequences = Math.min(together, count - i);
      leaves.load(first + i, 0, sequences * each, accumulators, 0);
      for (int k = 0; k < sequences; k++) {
        if (each > 1) {
          accumulators.halve(0, k * each, each);
        }
        accumulators.copy(0, k * each, 1, i + k);
      }
    }
  }

  /** Reduces one block of leaves to the first element of entry 0. */
  void block(long sequence, long block) {
    int count = (int) Math.min(BLOCK, length - block * BLOCK);
    int left = leaves.load(sequence, block * BLOCK, count, accumulators, 0);
    if (left > 1) {
      accumulators.halve(0, 0, left);
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
    accumulators.halve(level, 0, filled[level]);
    filled[level] = 0;
    append(level, result);
  }
}
