package org.cotangent.backend;

import org.cotangent.error.ClosedException;

/**
 * A region of a {@link DeviceMemory}.
 *
 * @param <H> what the device's driver calls memory by
 */
public final class DeviceRegion<H> implements Region {
  private final DeviceMemory<H> owner;
  private final H handle;
  private final long bytes;
  private volatile boolean freed;

  DeviceRegion(DeviceMemory<H> owner, H handle, long bytes) {
    this.owner = owner;
    this.handle = handle;
    this.bytes = bytes;
  }

  /**
   * {@return its memory}
   *
   * @throws ClosedException if it was freed
   */
  public H handle() {
    if (freed) {
      throw new ClosedException(
          "%s memory: use of a freed region of %d bytes; its tensor was closed"
              .formatted(owner.device(), bytes));
    }
    return handle;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  boolean belongsTo(DeviceMemory<?> memory) {
    return owner == memory;
  }

  void markFreed() {
    freed = true;
  }
}
