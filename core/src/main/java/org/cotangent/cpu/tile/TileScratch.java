package org.cotangent.cpu.tile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory in which a thread keeps the registers of {@link TileCode}. It grows to what the
 * codes that run in it need. One run at a time may use it; any thread may close it after that.
 */
public final class TileScratch implements AutoCloseable {
  /** A cache line, and the widest vector. */
  private static final long ALIGNMENT = 64;

  /** Enough for almost every code, so that scratch hardly ever grows: 16 registers of float32. */
  private static final long SMALLEST = 1 << 16;

  private Arena arena = Arena.ofShared();
  private MemorySegment memory = MemorySegment.NULL;

  /** Starts without memory. */
  public TileScratch() {}

  /**
   * {@return memory of at least this size, aligned to 64 bytes} What the scratch held is lost if it
   * has to grow.
   *
   * @param bytes size
   * @throws IllegalStateException if it is closed
   */
  @SuppressWarnings("MustBeClosed") // close() does
  public MemorySegment atLeast(long bytes) {
    if (memory.byteSize() < bytes) {
      memory = MemorySegment.NULL; // in case the allocation fails
      arena.close();
      arena = Arena.ofShared();
      memory = arena.allocate(Math.max(bytes, SMALLEST), ALIGNMENT);
    }
    return memory;
  }

  /** Frees the memory; closing twice is allowed. */
  @Override
  public void close() {
    memory = MemorySegment.NULL;
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
