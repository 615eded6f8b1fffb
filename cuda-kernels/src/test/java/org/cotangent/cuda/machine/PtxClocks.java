package org.cotangent.cuda.machine;

/**
 * What the warps of a block know of each other: of each warp, up to which of its moments, and of
 * each barrier, how many phases are over. A warp's moment ends when it tells others.
 */
final class PtxClocks {
  /** The most barriers that a block has; they count from the end. */
  static final int BARRIERS = 64;

  private final int[][] known;

  PtxClocks(int warps) {
    known = new int[warps][warps + BARRIERS];
    for (int warp = 0; warp < warps; warp++) {
      known[warp][warp] = 1;
    }
  }

  static void join(int[] into, int[] other) {
    for (int i = 0; i < into.length; i++) {
      into[i] = Math.max(into[i], other[i]);
    }
  }

  int size() {
    return known[0].length;
  }

  /** {@return the moment of a warp} */
  int now(int warp) {
    return known[warp][warp];
  }

  boolean knows(int warp, int other, int moment) {
    return known[warp][other] >= moment;
  }

  boolean knowsPhase(int warp, PtxBarrier barrier, int phase) {
    return known[warp][size() - 1 - barrier.number] > phase;
  }

  /** A warp tells what it knows. */
  void tell(int warp, PtxBarrier barrier) {
    barrier.arrive(known[warp]);
    known[warp][warp]++;
  }

  /** A warp hears of what a barrier knows. */
  void hear(int warp, PtxBarrier barrier) {
    join(known[warp], barrier.released);
  }

  /** All warps hear of each other. */
  void meet() {
    int[] all = new int[size()];
    for (int[] each : known) {
      join(all, each);
    }
    for (int warp = 0; warp < known.length; warp++) {
      System.arraycopy(all, 0, known[warp], 0, all.length);
      known[warp][warp]++;
    }
  }
}
