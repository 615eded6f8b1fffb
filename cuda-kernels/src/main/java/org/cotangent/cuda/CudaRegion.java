package org.cotangent.cuda;

import org.cotangent.backend.Region;
import org.cotangent.error.ClosedException;

/** One allocation of a GPU's memory. */
final class CudaRegion implements Region {
  private final CudaMemory owner;
  private final long address;
  private final long bytes;
  private volatile boolean freed;

  CudaRegion(CudaMemory owner, long address, long bytes) {
    this.owner = owner;
    this.address = address;
    this.bytes = bytes;
  }

  /**
   * {@return where it starts}
   *
   * @throws ClosedException if it was freed
   */
  long address() {
    if (freed) {
      throw new ClosedException(
          "cuda memory: use of a freed region of " + bytes + " bytes; its tensor was closed");
    }
    return address;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  boolean belongsTo(CudaMemory memory) {
    return owner == memory;
  }

  /** Marks it as freed; the caller then gives its memory back. */
  void markFreed() {
    freed = true;
  }
}
