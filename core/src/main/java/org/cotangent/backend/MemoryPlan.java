package org.cotangent.backend;

import java.util.List;

/**
 * What a run needs beside its arguments, known before the first run. All figures in bytes.
 *
 * @param naive sum of all intermediate and result buffers, each with memory of its own
 * @param scratch size of the arena for intermediate buffers
 * @param results sum of the results that get memory of their own
 * @param peak largest sum of intermediate and result buffers that hold a value at one time: no plan
 *     can do with less
 * @param donors for each result the argument whose memory it takes over, or -1
 */
public record MemoryPlan(long naive, long scratch, long results, long peak, List<Integer> donors) {
  /** {@return the bytes that a run takes beside its arguments and constants} */
  public long planned() {
    return scratch + results;
  }
}
