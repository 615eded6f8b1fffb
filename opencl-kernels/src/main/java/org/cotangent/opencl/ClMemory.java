package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.error.DeviceException;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * The memory of an OpenCL device, in buffers.
 *
 * <p>Rules. A driver may make a buffer only when it is first used: a fresh one is written to at
 * once, so that a refusal shows here. What all buffers together may have is the device's memory,
 * because PoCL would hand out more.
 */
final class ClMemory implements DeviceMemory.Driver<cl_mem> {
  /** What OpenCL aligns its largest vectors to. */
  private static final long ALIGNMENT = 128;

  private final ClContext context;
  private final Transfers transfers;
  private final cl_command_queue queue;
  private final cl_mem nothing;

  /** Guarded by this. */
  private long reserved;

  private ClMemory(ClContext context, Transfers transfers) {
    this.context = context;
    this.transfers = transfers;
    this.queue = context.queue(false);
    try {
      nothing = context.buffer(CL.CL_MEM_READ_WRITE, ALIGNMENT);
    } catch (CLException e) {
      context.release(queue);
      transfers.close();
      throw context.failure("open its memory", e);
    }
  }

  /**
   * {@return memory that copies as suits the device}
   *
   * @throws DeviceException if it cannot be opened
   */
  static DeviceMemory<cl_mem> of(ClContext context) {
    return of(
        context,
        context.device().unified() ? new DirectTransfers(context) : new StagedTransfers(context));
  }

  /** {@return memory with copies of the caller's choice, closed with it} */
  static DeviceMemory<cl_mem> of(ClContext context, Transfers transfers) {
    ClMemory driver = new ClMemory(context, transfers);
    return new DeviceMemory<>(
        "opencl", ALIGNMENT, context.device().largestBytes(), driver.nothing, driver);
  }

  @Override
  public synchronized @Nullable cl_mem allocate(long bytes) {
    if (bytes > context.device().memoryBytes() - reserved) {
      return null;
    }
    cl_mem memory = touched(bytes);
    if (memory != null) {
      reserved += bytes;
    }
    return memory;
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

  /** Runs wait for their end. */
  @Override
  public void settle() {}

  @Override
  public synchronized void free(cl_mem memory, long bytes) {
    reserved -= bytes;
    context.release(memory);
  }

  @Override
  public void write(cl_mem memory, long offset, MemorySegment source) {
    try {
      transfers.write(memory, offset, source);
    } catch (CLException e) {
      throw context.failure("write " + source.byteSize() + " bytes", e);
    }
  }

  @Override
  public void read(cl_mem memory, long offset, MemorySegment target) {
    try {
      transfers.read(memory, offset, target);
    } catch (CLException e) {
      throw context.failure("read " + target.byteSize() + " bytes", e);
    }
  }

  @Override
  public void close() {
    context.release(nothing);
    context.release(queue);
    transfers.close();
  }
}
