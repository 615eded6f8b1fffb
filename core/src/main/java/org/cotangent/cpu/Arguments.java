package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.cotangent.cpu.tile.TileBlock;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.TileScratch;

/** Where the inputs and then the outputs of a code lie; reused from tile to tile by one thread. */
final class Arguments {
  private final MemorySegment[] segments;
  private final long[] offsets;

  /**
   * Makes arguments that lie nowhere yet.
   *
   * @param count of inputs and outputs together
   */
  Arguments(int count) {
    segments = new MemorySegment[count];
    Arrays.fill(segments, MemorySegment.NULL);
    offsets = new long[count];
  }

  /**
   * Says where one lies.
   *
   * @param entry which: inputs first
   * @param segment that holds it
   * @param offset where, in bytes
   */
  void set(int entry, MemorySegment segment, long offset) {
    segments[entry] = segment;
    offsets[entry] = offset;
  }

  /**
   * Moves the first entries on.
   *
   * @param steps how far, in bytes
   */
  void advance(long[] steps) {
    for (int entry = 0; entry < steps.length; entry++) {
      offsets[entry] += steps[entry];
    }
  }

  /**
   * Runs a code on a tile.
   *
   * @param code has as many inputs and outputs
   * @param registers of the calling thread
   * @param count elements
   */
  void run(TileCode code, TileScratch registers, int count) {
    code.run(segments, offsets, registers, count);
  }

  /**
   * Reduces a block.
   *
   * @param block is fused; has as many inputs and accumulators
   */
  void run(TileBlock block) {
    block.run(segments, offsets);
  }

  /** {@return the segment of an entry} */
  MemorySegment segment(int entry) {
    return segments[entry];
  }

  /** {@return the offset of an entry in its segment, in bytes} */
  long offset(int entry) {
    return offsets[entry];
  }
}
