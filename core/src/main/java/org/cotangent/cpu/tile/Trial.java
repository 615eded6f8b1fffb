package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.cotangent.type.DType;

/** A fused form beside tiles, on memory of its own that holds nothing anybody looks at. */
abstract class Trial implements AutoCloseable {
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
  Trial(int operands) {
    long bytes = (long) DType.FLOAT64.bytes() * TileCode.TILE;
    memory = scratch.atLeast(bytes * operands);
    offsets = new long[operands];
    Arrays.setAll(offsets, operand -> bytes * operand);
  }

  /** Runs tiles on so many elements. */
  abstract void tiles(int count);

  /** Runs the fused form on so many elements. */
  abstract void fused(int count);

  /** Has the fused form take the place of tiles. */
  abstract void use();

  @Override
  public void close() {
    scratch.close();
    registers.close();
  }
}
