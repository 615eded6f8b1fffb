package org.cotangent.backend;

/** Parts of a kernel's workspace, laid out one behind the other. */
public final class Workspace {
  /** What the largest vectors are aligned to. */
  private static final long ALIGNMENT = 128;

  private long bytes;

  /** A workspace without parts so far. */
  public Workspace() {}

  /**
   * {@return where a further part starts, in bytes; a multiple of 128}
   *
   * @param size of it in bytes
   */
  public long take(long size) {
    long start = bytes;
    bytes += Math.ceilDiv(size, ALIGNMENT) * ALIGNMENT;
    return start;
  }

  /** {@return the bytes of all parts} */
  public long bytes() {
    return bytes;
  }
}
