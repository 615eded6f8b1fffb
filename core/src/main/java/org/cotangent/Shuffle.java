package org.cotangent;

import java.util.function.LongUnaryOperator;

/**
 * A pseudo-random order of any number of rows in no memory: which row is at a place is computed
 * from seed, epoch and place alone, so it is the same on every machine.
 *
 * <p>A Feistel network permutes all numbers of as many bits as the count of rows has: each round
 * changes one half of the bits by a hash of the other half, which the next round, or an inverse,
 * still has. Numbers that are no rows are sent through again until they become one, which keeps it
 * a permutation (cycle walking; Black and Rogaway, Ciphers with arbitrary finite domains, 2002). As
 * there are at most twice as many numbers as rows, two times do on average; of few rows all take
 * 4,096 times together at the most.
 *
 * <p>Quality: in tests no place prefers a row, neighbours are as rare as in a fair shuffle, epochs
 * agree by chance alone, and all orders of few rows are equally frequent. It is no cipher: keys are
 * derived from 64 bits of seed by a fast hash. Of very many orders it reaches only as many as there
 * are pairs of seed and epoch, as any generator with a small state.
 */
final class Shuffle implements LongUnaryOperator {
  private static final int ROUNDS = 10;

  /** With fewer, halves are so small that orders of few rows are not equally frequent. */
  private static final int LEAST_BITS = 12;

  /** An odd number near 2^64 divided by the golden ratio. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private final long rows;
  private final int lowBits;
  private final long lowMask;
  private final long highMask;
  private final long[] keys = new long[ROUNDS];

  /**
   * The order of one epoch.
   *
   * @param rows how many, 1 or more
   * @param seed any number
   * @param epoch any number
   */
  Shuffle(long rows, long seed, long epoch) {
    this.rows = rows;
    // One bit more where the count is a power of two: without walking, all orders would be even.
    int bits = Math.max(LEAST_BITS, Long.SIZE - Long.numberOfLeadingZeros(rows));
    this.lowBits = (bits + 1) / 2;
    this.lowMask = (1L << lowBits) - 1;
    this.highMask = (1L << (bits - lowBits)) - 1;
    long stream = mix(mix(seed + STEP) + epoch);
    for (int round = 0; round < ROUNDS; round++) {
      keys[round] = mix(stream + (round + 1) * STEP);
    }
  }

  /** {@return the row at a place, both from 0 to rows - 1} */
  @Override
  public long applyAsLong(long place) {
    long row = place;
    do {
      row = permuted(row);
    } while (row >= rows);
    return row;
  }

  private long permuted(long number) {
    long low = number & lowMask;
    long high = number >>> lowBits;
    for (int round = 0; round < ROUNDS; round += 2) {
      high ^= mix(keys[round] + low) & highMask;
      low ^= mix(keys[round + 1] + high) & lowMask;
    }
    return high << lowBits | low;
  }

  /** A bijection of 64 bits each of which depends on all: MurmurHash3's, constants by Stafford. */
  private static long mix(long bits) {
    bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
    return bits ^ bits >>> 31;
  }
}
