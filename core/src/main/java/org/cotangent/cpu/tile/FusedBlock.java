package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;

/** Lifts and combines a whole block of a reduction, its elements in the processor's registers. */
@FunctionalInterface
interface FusedBlock {
  /**
   * Reduces a block of as many elements as the class is made for.
   *
   * @param segments hold the inputs of the lift, then the accumulators, all off-heap
   * @param byteOffsets where in its segment each starts; of an input that is shared there are
   *     {@link TileOps#SPLAT_BYTES} of repeated elements. An accumulator has room for a block,
   *     overlaps nothing, and its first element gets the result
   */
  void reduce(MemorySegment[] segments, long[] byteOffsets);
}
