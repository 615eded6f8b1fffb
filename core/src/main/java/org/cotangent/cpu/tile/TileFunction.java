package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;

/** A loop that applies one primitive to the elements of a tile. Safe for use by many threads. */
@FunctionalInterface
public interface TileFunction {
  /**
   * Computes {@code count} elements. The destination may be exactly the memory of an operand of the
   * same width, but may not overlap one otherwise. Operands that the primitive does not have are
   * ignored. All memory is off-heap.
   *
   * @param a holds the first operand
   * @param ao where in a it starts, in bytes
   * @param b holds the second operand
   * @param bo where in b it starts, in bytes
   * @param c holds the third operand
   * @param co where in c it starts, in bytes
   * @param d is written
   * @param to where in d, in bytes
   * @param count elements, at least 0
   */
  void apply(
      MemorySegment a,
      long ao,
      MemorySegment b,
      long bo,
      MemorySegment c,
      long co,
      MemorySegment d,
      long to,
      int count);
}
