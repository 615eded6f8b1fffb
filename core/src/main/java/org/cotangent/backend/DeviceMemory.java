package org.cotangent.backend;

import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a device that the host cannot look into: keeps the promises of {@link RawMemory}
 * over the few calls of a driver.
 *
 * <p>Rules. Copies and allocations hold {@code use} for reading and frees hold it for writing, so
 * that no region goes while one copies. A free waits for the kernels that may still use the region,
 * and does so before it takes the lock.
 *
 * @param <H> what the driver calls memory by
 */
public final class DeviceMemory<H> implements RawMemory {
  private static final System.Logger LOGGER = System.getLogger(DeviceMemory.class.getPackageName());

  private final String device;
  private final long alignment;
  private final long largest;
  private final Driver<H> driver;
  private final DeviceRegion<H> empty;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private final Set<DeviceRegion<H>> allocated = ConcurrentHashMap.newKeySet();

  /** Written with {@link #use} held for writing. */
  private boolean closed;

  /**
   * What a driver does; each call throws DeviceException if it fails. Copies come from many threads
   * at once, and so do allocations.
   *
   * @param <H> what it calls memory by
   */
  public interface Driver<H> {
    /**
     * {@return fresh memory, or null where there is no room}
     *
     * @param bytes from 1 to the largest
     */
    @Nullable H allocate(long bytes);

    /** Waits for what may use any memory; a device that does not answer has nothing to wait for. */
    void settle();

    /**
     * Gives memory back.
     *
     * @param memory that nothing uses
     * @param bytes its size
     */
    void free(H memory, long bytes);

    /**
     * Copies to the device.
     *
     * @param memory target
     * @param offset of the first byte written
     * @param source at least one byte
     */
    void write(H memory, long offset, MemorySegment source);

    /**
     * Copies from the device.
     *
     * @param memory source
     * @param offset of the first byte read
     * @param target at least one byte
     */
    void read(H memory, long offset, MemorySegment target);

    /** Gives back what copies need. Called once, when all memory was given back. */
    void close();
  }

  /**
   * A memory that has allocated nothing yet.
   *
   * @param device what it is called in errors, as in {@code cuda}
   * @param alignment of regions in bytes, a power of two
   * @param largest bytes of a region
   * @param nothing memory of no bytes; the driver's own
   * @param driver closed with this memory
   */
  public DeviceMemory(String device, long alignment, long largest, H nothing, Driver<H> driver) {
    this.device = device;
    this.alignment = alignment;
    this.largest = largest / alignment * alignment;
    this.driver = driver;
    this.empty = new DeviceRegion<>(this, nothing, 0);
  }

  String device() {
    return device;
  }

  @Override
  public @Nullable DeviceRegion<H> allocate(long bytes) {
    if (bytes <= 0 || bytes % alignment != 0) {
      throw new ArgumentException(
          "%s memory: size %d is no positive multiple of %d".formatted(device, bytes, alignment));
    }
    use.readLock().lock();
    try {
      if (closed) {
        throw new ClosedException(device + " memory: allocate after close; open the device again");
      }
      H handle = bytes > largest ? null : driver.allocate(bytes);
      if (handle == null) {
        return null;
      }
      DeviceRegion<H> region = new DeviceRegion<>(this, handle, bytes);
      allocated.add(region);
      return region;
    } finally {
      use.readLock().unlock();
    }
  }

  /**
   * {@return a region for the backend itself, of at least some bytes}
   *
   * @param bytes how many
   * @param purpose for the message, as in {@code tables}
   * @throws DeviceMemoryException if there is no room
   */
  public DeviceRegion<H> reserve(long bytes, String purpose) {
    DeviceRegion<H> region = allocate(Math.max(1, Math.ceilDiv(bytes, alignment)) * alignment);
    if (region == null) {
      throw new DeviceMemoryException(
          "%s memory: no room for %s of %d bytes; close tensors, or give the device a smaller memory limit"
              .formatted(device, purpose, bytes));
    }
    return region;
  }

  @Override
  public DeviceRegion<H> empty() {
    return empty;
  }

  @Override
  public void free(Region region) {
    DeviceRegion<H> own = own(region);
    if (allocated.contains(own)) {
      driver.settle();
    }
    use.writeLock().lock();
    try {
      if (!allocated.contains(own)) {
        throw new DeviceException(
            "%s memory: free of a region that is not allocated: %d bytes"
                .formatted(device, own.bytes()));
      }
      driver.free(own.handle(), own.bytes());
      forget(own);
    } finally {
      use.writeLock().unlock();
    }
  }

  private void forget(DeviceRegion<H> region) {
    allocated.remove(region);
    region.markFreed();
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    DeviceRegion<H> own = inside("write", region, offset, source.byteSize());
    use.readLock().lock();
    try {
      H handle = own.handle();
      if (source.byteSize() > 0) {
        driver.write(handle, offset, source);
      }
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    DeviceRegion<H> own = inside("read", region, offset, target.byteSize());
    use.readLock().lock();
    try {
      H handle = own.handle();
      if (target.byteSize() > 0) {
        driver.read(handle, offset, target);
      }
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public long alignment() {
    return alignment;
  }

  @Override
  public long largest() {
    return largest;
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (DeviceRegion<H> region : List.copyOf(allocated)) {
        release(region);
      }
      empty.markFreed();
      driver.close();
    } finally {
      use.writeLock().unlock();
    }
  }

  /** Gives a region back; a failure is only logged, because the others are to be given back too. */
  private void release(DeviceRegion<H> region) {
    try {
      driver.free(region.handle(), region.bytes());
    } catch (DeviceException e) {
      LOGGER.log(Level.WARNING, device + " memory: release of a region failed", e);
    }
    forget(region);
  }

  /**
   * {@return the region as this memory's own}, for kernels that use it
   *
   * @param region any
   * @throws DeviceException if it is not
   */
  @SuppressWarnings("unchecked") // of this memory, so of its kind
  public DeviceRegion<H> own(Region region) {
    if (region instanceof DeviceRegion<?> own && own.belongsTo(this)) {
      return (DeviceRegion<H>) own;
    }
    throw new DeviceException(
        device + " memory: the region belongs to another device; copy through the host");
  }

  private DeviceRegion<H> inside(String op, Region region, long offset, long bytes) {
    DeviceRegion<H> own = own(region);
    if (offset < 0 || offset > own.bytes() - bytes) {
      throw new ArgumentException(
          "%s memory: %s of %d bytes at offset %d leaves the region of %d bytes"
              .formatted(device, op, bytes, offset, own.bytes()));
    }
    return own;
  }
}
