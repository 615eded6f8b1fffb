package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;

/** A whole body as one loop over vectors, its intermediate values in the processor's registers. */
@FunctionalInterface
interface FusedLoop {
  /**
   * Computes the first elements of a tile, with the meaning and the rules of {@link TileCode#run}.
   *
   * @param segments hold the inputs, then the outputs
   * @param byteOffsets where in its segment each starts
   * @param count elements of the tile, at least 0
   * @return how many were computed: whole vectors; the rest is left to the caller
   */
  int run(MemorySegment[] segments, long[] byteOffsets, int count);
}
