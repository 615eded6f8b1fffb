package org.cotangent.backend;

import java.util.List;

/**
 * What a run needs beside its arguments and constants, known before the first run. All figures in
 * bytes. Always {@code peak <= naive} and {@code peak <= planned()}.
 *
 * <p>{@code planned()} exceeds the peak by what it costs that buffers have fixed places, each on an
 * aligned offset, and that a result has its memory from the start of a run to its end. It may exceed
 * even {@code naive}, which counts bytes without the gaps that alignment leaves.
 *
 * @param naive sum of all intermediate and result buffers, each with memory of its own
 * @param scratch size of the arena for intermediate buffers, where each starts on an aligned offset
 * @param results sum of the results that get memory of their own
 * @param peak the largest sum, over the kernels, of the bytes that intermediate buffers and results
 *     hold while that kernel runs: what it reads and writes, and what was written before and is read
 *     later or is a result. Without gaps; buffers that the plan lets follow each other in place
 *     count once, and results in donated memory not at all. For the order of the kernels and these
 *     choices it is the least that any placement needs, not the least that any program needs
 * @param donors for each result the argument whose memory it takes over, or -1
 */
public record MemoryPlan(long naive, long scratch, long results, long peak, List<Integer> donors) {
  /** {@return the bytes that a run takes beside its arguments and constants} */
  public long planned() {
    return scratch + results;
  }
}
