package org.cotangent.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a GPU: plain allocations, never managed memory.
 *
 * <p>Rules. Copies and allocations hold {@code use} for reading and frees hold it for writing, so
 * that no region goes while one copies. A free waits for the kernels that may still use the region,
 * and does so before it takes the lock.
 */
final class CudaMemory implements RawMemory {
  /** Of what the driver allocates. */
  private static final long ALIGNMENT = 256;

  private final CudaContext context;
  private final Transfers transfers;
  private final CudaRegion empty = new CudaRegion(this, 0, 0);
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  private final Set<CudaRegion> allocated = ConcurrentHashMap.newKeySet();

  /** Written with {@link #use} held for writing. */
  private boolean closed;

  CudaMemory(CudaContext context) {
    this.context = context;
    this.transfers = new Transfers(context);
  }

  @Override
  public @Nullable CudaRegion allocate(long bytes) {
    if (bytes <= 0 || bytes % ALIGNMENT != 0) {
      throw new ArgumentException(
          "cuda memory: size " + bytes + " is no positive multiple of " + ALIGNMENT);
    }
    use.readLock().lock();
    try {
      if (closed) {
        throw new ClosedException("cuda memory: allocate after close; open the device again");
      }
      CudaRegion region = new CudaRegion(this, context.entered().allocate(bytes), bytes);
      allocated.add(region);
      return region;
    } catch (DriverException e) {
      if (e.isOutOfMemory()) {
        return null;
      }
      throw context.failure("allocate " + bytes + " bytes", e);
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public CudaRegion empty() {
    return empty;
  }

  @Override
  public void free(Region region) {
    CudaRegion own = own(region);
    if (allocated.contains(own)) {
      context.release("region's work", () -> context.entered().await(context.stream()));
    }
    use.writeLock().lock();
    try {
      if (!allocated.contains(own)) {
        throw new DeviceException(
            "cuda memory: free of a region that is not allocated: " + own.bytes() + " bytes");
      }
      context.entered().free(own.address());
      forget(own);
    } catch (DriverException e) {
      if (!e.isLost()) {
        throw context.failure("free " + own.bytes() + " bytes", e);
      }
      // It went with the context.
      forget(own);
    } finally {
      use.writeLock().unlock();
    }
  }

  private void forget(CudaRegion region) {
    allocated.remove(region);
    region.markFreed();
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    CudaRegion own = inside("write", region, offset, source.byteSize());
    use.readLock().lock();
    try {
      if (source.byteSize() > 0) {
        transfers.write(own.address() + offset, source);
      }
    } catch (DriverException e) {
      throw context.failure("write " + source.byteSize() + " bytes", e);
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    CudaRegion own = inside("read", region, offset, target.byteSize());
    use.readLock().lock();
    try {
      if (target.byteSize() > 0) {
        transfers.read(own.address() + offset, target);
      }
    } catch (DriverException e) {
      throw context.failure("read " + target.byteSize() + " bytes", e);
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public long alignment() {
    return ALIGNMENT;
  }

  @Override
  public long largest() {
    return context.chip().memoryBytes() / ALIGNMENT * ALIGNMENT;
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (CudaRegion region : List.copyOf(allocated)) {
        context.release("region", () -> context.entered().free(region.address()));
        forget(region);
      }
      transfers.close();
    } finally {
      use.writeLock().unlock();
    }
  }

  /** {@return the region as this memory's own}, for kernels that use it */
  CudaRegion own(Region region) {
    if (region instanceof CudaRegion own && own.belongsTo(this)) {
      return own;
    }
    throw new DeviceException(
        "cuda memory: the region belongs to another device; copy through the host");
  }

  private CudaRegion inside(String op, Region region, long offset, long bytes) {
    CudaRegion own = own(region);
    if (offset < 0 || offset > own.bytes() - bytes) {
      throw new ArgumentException(
          "cuda memory: %s of %d bytes at offset %d leaves the region of %d bytes"
              .formatted(op, bytes, offset, own.bytes()));
    }
    return own;
  }
}
