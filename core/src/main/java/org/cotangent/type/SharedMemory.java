package org.cotangent.type;

import java.lang.foreign.MemorySegment;

/** Which memory several threads may access. */
public final class SharedMemory {
  /** Stands for any other thread. */
  private static final Thread OTHER = Thread.ofPlatform().unstarted(() -> {});

  private SharedMemory() {}

  /**
   * {@return whether other threads than this may access memory, as far as its arena goes}
   *
   * @param memory of any kind
   */
  public static boolean isShared(MemorySegment memory) {
    return memory.isAccessibleBy(OTHER);
  }
}
