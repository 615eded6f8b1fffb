package org.cotangent.cpu;

/** Lays out scratch memory while a step is prepared: every part starts on a cache line. */
final class Room {
  private static final long LINE = 64;

  private long bytes;

  /**
   * {@return the offset of the next part}
   *
   * @param size of the part in bytes
   */
  long take(long size) {
    long offset = bytes;
    bytes += Math.ceilDiv(size, LINE) * LINE;
    return offset;
  }

  /** {@return the bytes of all parts} */
  long bytes() {
    return bytes;
  }
}
