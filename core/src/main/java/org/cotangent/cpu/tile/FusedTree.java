package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;

/**
 * {@link TileTree.Halving#run} as one method: whole vectors are combined, then the lanes of one.
 */
@FunctionalInterface
interface FusedTree {
  /**
   * Combines the elements of a block.
   *
   * @param memory holds the accumulators, each with room for {@link TileCode#TILE} elements
   * @param byteOffsets where each accumulator starts; element 0 of it gets the result
   * @param count elements, from 1 to {@link TileCode#TILE}
   */
  void halve(MemorySegment memory, long[] byteOffsets, int count);
}
