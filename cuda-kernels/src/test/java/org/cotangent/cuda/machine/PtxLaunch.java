package org.cotangent.cuda.machine;

import java.util.List;

/**
 * One launch.
 *
 * @param memory global memory
 * @param blocks how many
 * @param threads of each block
 * @param parameters bits of the parameters
 */
record PtxLaunch(PtxMemory memory, int blocks, int threads, List<Long> parameters) {}
