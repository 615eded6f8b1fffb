package org.cotangent.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.cotangent.error.FormatException;

/** Memory for what is read. */
public final class OffHeap {
  /** As wide as a vector or a line of the cache. */
  private static final long ALIGNMENT = 64;

  private OffHeap() {}

  /**
   * {@return memory outside the heap, aligned to 64 bytes}
   *
   * @param arena that it lives in
   * @param bytes how much
   * @param where what is read, for the message
   * @throws FormatException if the JVM may not have as much
   */
  public static MemorySegment allocate(Arena arena, long bytes, String where) {
    try {
      return arena.allocate(bytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      throw new FormatException(
          where
              + ": its "
              + bytes
              + " bytes are more than this JVM may allocate outside the heap;"
              + " raise -XX:MaxDirectMemorySize",
          e);
    }
  }
}
