package org.cotangent.cpu;

import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.RowReduction.Results;
import org.jspecify.annotations.Nullable;

/**
 * Reduces a tile of sequences side by side. The elements of a block are visited in bit-reversed
 * order, and each two neighbouring subtrees of the same height are combined as soon as both are
 * there, like the carries of a binary counter: that is the tree of halves, in which the last
 * combination joins the even elements with the odd ones. An element of a higher level is the result
 * of a block below, computed when it is its turn.
 */
final class ColumnReduction {
  private static final int BLOCK = ReduceKernel.BLOCK;

  private final Leaves leaves;
  private final Leaves.@Nullable Four four;
  private final Accumulators accumulators;
  private final int tile;

  /** How many elements a sequence has at each level. */
  private final long[] lengths;

  private long kept;
  private int count;

  /**
   * Makes a reduction.
   *
   * @param leaves the sequences
   * @param four the same, four elements at once; null where they come one by one
   * @param length of each
   * @param tile how many are reduced side by side
   * @param accumulators with {@link #entries} entries of such a tile
   */
  ColumnReduction(
      Leaves leaves, Leaves.@Nullable Four four, long length, int tile, Accumulators accumulators) {
    this.leaves = leaves;
    this.four = four;
    this.tile = tile;
    this.accumulators = accumulators;
    lengths = lengths(length);
  }

  private static long[] lengths(long length) {
    long[] lengths = new long[RowReduction.levels(length)];
    lengths[0] = length;
    for (int level = 1; level < lengths.length; level++) {
      lengths[level] = Math.ceilDiv(lengths[level - 1], (long) BLOCK);
    }
    return lengths;
  }

  /** {@return the entries it takes for sequences of this length} */
  static int entries(long length) {
    int entries = 1;
    for (long elements : lengths(length)) {
      entries += height(Math.min(BLOCK, elements));
    }
    return entries;
  }

  /** {@return the height of the tree over a block} */
  private static int height(long elements) {
    return Long.SIZE - Long.numberOfLeadingZeros(elements - 1);
  }

  /**
   * Reduces sequences.
   *
   * @param from the first
   * @param to one past the last
   * @param results takes their results
   */
  void reduce(long from, long to, Results results) {
    for (long first = from; first < to; first += tile) {
      kept = first;
      count = (int) Math.min(tile, to - first);
      tree(lengths.length - 1, 0, 0);
      results.take(first, count, accumulators, 0);
    }
  }

  /** Reduces one block of leaves of a tile of sequences to entry 0. */
  void block(long first, int sequences, long block) {
    kept = first;
    count = sequences;
    tree(0, block, 0);
  }

  /** Reduces a block of a level to an entry; the entries above are free. */
  private void tree(int level, long block, int entry) {
    long first = block * BLOCK;
    int elements = (int) Math.min(BLOCK, lengths[level] - first);
    int height = height(elements);
    int top = entry;
    for (int turn = 0; turn < 1 << height; turn++) {
      int element = reversed(turn, height);
      int carry = 1;
      if (level == 0 && four != null && (turn & 3) == 0 && areFour(element, elements, height)) {
        int half = 1 << (height - 1);
        four.load(kept, first + element, half, half >> 1, count, accumulators, top);
        top++;
        turn += 3;
        carry = 4;
      } else if (element < elements) {
        if (level == 0) {
          leaves.load(kept, first + element, count, accumulators, top);
        } else {
          tree(level - 1, first + element, top);
        }
        top++;
      }
      for (; (turn & carry) != 0; carry <<= 1) {
        // The right subtree starts with its smallest element; absent elements are the largest.
        int right = turn + 1 - carry;
        if (reversed(right, height) < elements) {
          top--;
          accumulators.combine(top - 1, top, 0, count);
        }
      }
    }
  }

  /** {@return whether an element is in a block with the three that come next, in bits reversed} */
  private static boolean areFour(int element, int elements, int height) {
    return height > 1 && element + (3 << (height - 2)) < elements;
  }

  private static int reversed(int turn, int height) {
    return height == 0 ? 0 : Integer.reverse(turn) >>> (Integer.SIZE - height);
  }
}
