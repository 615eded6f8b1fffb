package org.cotangent.backend;

import java.util.List;

/**
 * What a run needs beside its arguments and constants, known before the first run. All figures in
 * bytes. Always {@code peak <= naive} and {@code peak <= planned()}.
 *
 * <p>A kernel's workspace counts as an intermediate buffer that is in use while that kernel runs.
 *
 * <p>{@code planned()} exceeds the peak by what it costs that buffers have fixed places, each on an
 * aligned offset, and that a result has its memory from the start of a run to its end. For small
 * buffers it may exceed even {@code naive}, which has no gaps either.
 *
 * @param naive sum of all intermediate and result buffers, each with memory of its own
 * @param scratch size of the arena for intermediate buffers, where each starts on an aligned offset
 * @param results sum of the results that get memory of their own
 * @param peak the largest sum, over the kernels, of the intermediate buffers and results in use
 *     while that kernel runs: those it reads or writes, and those written before that are read
 *     later or are results. Without gaps; where one buffer takes over another's memory the two
 *     count once, and results in donated memory not at all. No placement needs less for this order
 *     of the kernels and these takeovers; another order or other takeovers may
 * @param donors for each result the argument whose memory it takes over, or -1
 */
public record MemoryPlan(long naive, long scratch, long results, long peak, List<Integer> donors) {
  /** {@return the bytes that a run takes beside its arguments and constants} */
  public long planned() {
    return scratch + results;
  }
}
