package org.cotangent.cuda;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * <p>Rules. Copies hold {@code use} for reading and frees hold it for writing, so that no region
 * goes while one copies. A free waits for the kernels that may still use the region.
 */
final class CudaMemory implements RawMemory {
  /** Of what the driver allocates. */
  private static final long ALIGNMENT = 256;

  private final CudaContext context;
  private final Transfers transfers;
  private final CudaRegion empty = new CudaRegion(this, 0, 0);
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  /** Guarded, as all below, by {@link #use}. */
  private final Set<CudaRegion> allocated = new HashSet<>();

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
    use.writeLock().lock();
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
      use.writeLock().unlock();
    }
  }

  @Override
  public CudaRegion empty() {
    return empty;
  }

  @Override
  public void free(Region region) {
    CudaRegion own = own(region);
    use.writeLock().lock();
    try {
      if (!allocated.remove(own)) {
        throw new DeviceException(
            "cuda memory: free of a region that is not allocated: " + own.bytes() + " bytes");
      }
      context.release("region's work", () -> context.entered().await(context.stream()));
      release(own);
    } finally {
      use.writeLock().unlock();
    }
  }

  private void release(CudaRegion region) {
    long address = region.address();
    region.markFreed();
    context.release("region", () -> context.entered().free(address));
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
      List.copyOf(allocated).forEach(this::release);
      allocated.clear();
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
