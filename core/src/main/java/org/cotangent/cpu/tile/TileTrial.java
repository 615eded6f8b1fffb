package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.cotangent.cpu.tier.Trial;
import org.cotangent.type.DType;

/** A {@link Trial} of what computes tiles. */
abstract class TileTrial implements Trial {
  /** Of the kind of memory that kernels run on: HotSpot looks at its class. */
  private final TileScratch scratch = new TileScratch();

  /** Scratch of the tiles. */
  final TileScratch registers = new TileScratch();

  /** Room for a tile of the widest dtype for each operand. */
  final MemorySegment memory;

  /** Where in the memory each operand starts, in bytes. */
  final long[] offsets;

  /**
   * Makes the memory.
   *
   * @param operands how many
   */
  TileTrial(int operands) {
    long bytes = (long) DType.FLOAT64.bytes() * TileCode.TILE;
    memory = scratch.atLeast(bytes * operands);
    offsets = new long[operands];
    Arrays.setAll(offsets, operand -> bytes * operand);
  }

  @Override
  public void close() {
    scratch.close();
    registers.close();
  }
}
