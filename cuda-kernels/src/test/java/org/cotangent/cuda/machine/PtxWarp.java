package org.cotangent.cuda.machine;

import java.util.List;

/** What the 32 threads of a warp do together, when all have come to it. */
@FunctionalInterface
interface PtxWarp {
  /** Threads of a warp. */
  int SIZE = 32;

  /**
   * Does it.
   *
   * @param warp its threads, in order
   */
  void run(List<PtxThread> warp);
}
