package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * The memory of an OpenCL device.
 *
 * <p>Rules. Copies hold {@code use} for reading and frees hold it for writing, so that no buffer
 * goes while one copies. A driver may make a buffer only when it is first used: a fresh one is
 * written to at once, so that a refusal shows here. What all regions together may have is the
 * device's memory, because PoCL would hand out more.
 */
final class ClMemory implements RawMemory {
  /** What OpenCL aligns its largest vectors to. */
  private static final long ALIGNMENT = 128;

  private final ClContext context;
  private final Transfers transfers;
  private final cl_command_queue queue;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  /** Guarded, as all below, by {@link #use}. */
  private final Set<ClRegion> allocated = new HashSet<>();

  private final ClRegion empty;
  private long reserved;
  private boolean closed;

  /** Memory that copies as suits the device. */
  ClMemory(ClContext context) {
    this(
        context,
        context.device().unified() ? new DirectTransfers(context) : new StagedTransfers(context));
  }

  /** Memory with copies of the caller's choice, closed with it. */
  ClMemory(ClContext context, Transfers transfers) {
    this.context = context;
    this.transfers = transfers;
    this.queue = context.queue(false);
    cl_mem nothing;
    try {
      nothing = context.buffer(CL.CL_MEM_READ_WRITE, ALIGNMENT);
    } catch (CLException e) {
      context.release(queue);
      transfers.close();
      throw context.failure("open its memory", e);
    }
    this.empty = new ClRegion(this, nothing, 0);
  }

  @Override
  public @Nullable ClRegion allocate(long bytes) {
    if (bytes <= 0 || bytes % ALIGNMENT != 0) {
      throw new ArgumentException(
          "opencl memory: size " + bytes + " is no positive multiple of " + ALIGNMENT);
    }
    use.writeLock().lock();
    try {
      if (closed) {
        throw new ClosedException("opencl memory: allocate after close; open the device again");
      }
      if (bytes > largest() || bytes > context.device().memoryBytes() - reserved) {
        return null;
      }
      cl_mem memory = touched(bytes);
      if (memory == null) {
        return null;
      }
      ClRegion region = new ClRegion(this, memory, bytes);
      allocated.add(region);
      reserved += bytes;
      return region;
    } finally {
      use.writeLock().unlock();
    }
  }

  /**
   * {@return a region for the backend itself, of at least some bytes}
   *
   * @param purpose for the message, as in {@code tables}
   * @throws DeviceMemoryException if there is no room
   */
  ClRegion reserve(long bytes, String purpose) {
    ClRegion region = allocate(Math.max(1, Math.ceilDiv(bytes, ALIGNMENT)) * ALIGNMENT);
    if (region == null) {
      throw new DeviceMemoryException(
          context.device().name()
              + ": no memory for "
              + purpose
              + " of "
              + bytes
              + " bytes; close tensors, or give the device a smaller memory limit");
    }
    return region;
  }

  private @Nullable cl_mem touched(long bytes) {
    cl_mem memory = null;
    try {
      memory = context.buffer(CL.CL_MEM_READ_WRITE, bytes);
      CL.clEnqueueFillBuffer(
          queue, memory, Pointer.to(new byte[1]), 1, 0, ALIGNMENT, 0, null, null);
      CL.clFinish(queue);
      return memory;
    } catch (CLException e) {
      if (memory != null) {
        context.release(memory);
      }
      if (ClErrors.refused(e)) {
        return null;
      }
      throw context.failure("allocate " + bytes + " bytes", e);
    }
  }

  @Override
  public ClRegion empty() {
    return empty;
  }

  @Override
  public void free(Region region) {
    ClRegion own = own(region);
    use.writeLock().lock();
    try {
      if (!allocated.remove(own)) {
        throw new DeviceException(
            "opencl memory: free of a region that is not allocated: " + own.bytes() + " bytes");
      }
      release(own);
    } finally {
      use.writeLock().unlock();
    }
  }

  private void release(ClRegion region) {
    cl_mem memory = region.memory();
    region.markFreed();
    reserved -= region.bytes();
    context.release(memory);
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    ClRegion own = inside("write", region, offset, source.byteSize());
    use.readLock().lock();
    try {
      if (source.byteSize() > 0) {
        transfers.write(own.memory(), offset, source);
      }
    } catch (CLException e) {
      throw context.failure("write " + source.byteSize() + " bytes", e);
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    ClRegion own = inside("read", region, offset, target.byteSize());
    use.readLock().lock();
    try {
      if (target.byteSize() > 0) {
        transfers.read(own.memory(), offset, target);
      }
    } catch (CLException e) {
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
    return context.device().largestBytes() / ALIGNMENT * ALIGNMENT;
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (ClRegion region : List.copyOf(allocated)) {
        release(region);
      }
      allocated.clear();
      release(empty);
      context.release(queue);
      transfers.close();
    } finally {
      use.writeLock().unlock();
    }
  }

  /** {@return the region as this memory's own}, for kernels that use it */
  ClRegion own(Region region) {
    if (region instanceof ClRegion own && own.belongsTo(this)) {
      return own;
    }
    throw new DeviceException(
        "opencl memory: the region belongs to another device; copy through the host");
  }

  private ClRegion inside(String op, Region region, long offset, long bytes) {
    ClRegion own = own(region);
    if (offset < 0 || offset > own.bytes() - bytes) {
      throw new ArgumentException(
          "opencl memory: "
              + op
              + " of "
              + bytes
              + " bytes at offset "
              + offset
              + " leaves the region of "
              + own.bytes()
              + " bytes");
    }
    return own;
  }
}
