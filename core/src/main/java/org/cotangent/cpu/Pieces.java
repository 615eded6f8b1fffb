package org.cotangent.cpu;

import org.cotangent.backend.ReduceKernel;
import org.cotangent.scalar.Body;

/** How work is cut into pieces: by its size alone, whatever the number of threads. */
final class Pieces {
  /** Work below this is not cut. */
  private static final double WORTH_CUTTING = 1 << 17;

  /** Work of the smallest piece: some 10 microseconds, several times what handing it over costs. */
  static final double SMALLEST = 1 << 16;

  /** Enough for every machine to share work evenly. */
  static final int MOST = 256;

  private Pieces() {}

  /**
   * {@return the work of bodies on elements: their instructions, and two for the memory}
   *
   * @param elements how many
   * @param bodies evaluated for each
   */
  static double work(double elements, Body... bodies) {
    int cost = 2;
    for (Body body : bodies) {
      cost += body.instructions().size();
    }
    return elements * cost;
  }

  /** {@return the work of a reduction} */
  static double work(ReduceKernel kernel) {
    return work((double) kernel.domain().size(), kernel.lift(), kernel.combine());
  }

  /**
   * {@return the number of pieces, at least 1}
   *
   * @param units what is cut, as in tiles or rows
   * @param work of all units together
   */
  static int of(long units, double work) {
    return work < WORTH_CUTTING
        ? 1
        : (int) Math.max(1, Math.min((double) Math.min(units, MOST), work / SMALLEST));
  }

  /**
   * {@return the first unit of a piece; that of the piece after the last is {@code units}}
   *
   * @param units what is cut
   * @param pieces into how many
   * @param piece which
   */
  static long start(long units, long pieces, long piece) {
    long larger = units % pieces;
    return units / pieces * piece + Math.min(larger, piece);
  }
}
