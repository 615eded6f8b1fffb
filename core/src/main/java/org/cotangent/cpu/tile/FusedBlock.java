package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;

/** Lifts and combines a whole block of a reduction, its elements in the processor's registers. */
@FunctionalInterface
interface FusedBlock {
  /**
   * Reduces a block of {@link TileCode#TILE} elements.
   *
   * @param segments hold the inputs of the lift, then the accumulators, all off-heap
   * @param byteOffsets where in its segment each starts; of an input that is shared there is a
   *     vector of {@link TileOps#SPLAT_BYTES} repeated elements. An accumulator has room for as
   *     many bytes, and its first element gets the result
   */
  void reduce(MemorySegment[] segments, long[] byteOffsets);
}
