package org.cotangent.opencl;

import org.cotangent.backend.Region;
import org.cotangent.error.ClosedException;
import org.jocl.cl_mem;

/** Device memory in one OpenCL buffer. */
final class ClRegion implements Region {
  private final ClMemory owner;
  private final cl_mem memory;
  private final long bytes;
  private volatile boolean freed;

  ClRegion(ClMemory owner, cl_mem memory, long bytes) {
    this.owner = owner;
    this.memory = memory;
    this.bytes = bytes;
  }

  /**
   * {@return the buffer}
   *
   * @throws ClosedException if the region was freed
   */
  cl_mem memory() {
    if (freed) {
      throw new ClosedException(
          "opencl memory: use of a freed region of " + bytes + " bytes; its tensor was closed");
    }
    return memory;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  boolean belongsTo(ClMemory memory) {
    return owner == memory;
  }

  /** Marks the region as freed; its buffer is then released by the caller. */
  void markFreed() {
    freed = true;
  }
}
