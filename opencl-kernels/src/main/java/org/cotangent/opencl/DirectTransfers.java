package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;

/**
 * Copies that the driver makes itself, by the calling thread: for devices that share the host's
 * memory, where a copy is a copy within it.
 *
 * <p>Rules. Drivers are given pieces below 2 GiB. Memory of the Java heap may move and its address
 * is never passed on: it goes through a piece of native memory.
 */
final class DirectTransfers implements Transfers {
  /** Below 2 GiB, beyond which some drivers count wrongly. */
  private static final long PIECE = 1L << 30;

  /** Fits the second-level cache, so that heap memory is not fetched twice. */
  private static final long BOUNCE = 256 << 10;

  private final ClContext context;
  private final cl_command_queue queue;

  DirectTransfers(ClContext context) {
    this.context = context;
    this.queue = context.queue(false);
  }

  @Override
  public void write(cl_mem target, long offset, MemorySegment source) {
    long bytes = source.byteSize();
    if (source.isNative()) {
      for (long done = 0; done < bytes; done += PIECE) {
        enqueueWrite(target, offset + done, source.asSlice(done, Math.min(PIECE, bytes - done)));
      }
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bounce = arena.allocate(Math.min(BOUNCE, bytes), Long.BYTES);
      for (long done = 0; done < bytes; done += BOUNCE) {
        long count = Math.min(BOUNCE, bytes - done);
        MemorySegment.copy(source, done, bounce, 0, count);
        enqueueWrite(target, offset + done, bounce.asSlice(0, count));
      }
    }
  }

  @Override
  public void read(cl_mem source, long offset, MemorySegment target) {
    long bytes = target.byteSize();
    if (target.isNative()) {
      for (long done = 0; done < bytes; done += PIECE) {
        enqueueRead(source, offset + done, target.asSlice(done, Math.min(PIECE, bytes - done)));
      }
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bounce = arena.allocate(Math.min(BOUNCE, bytes), Long.BYTES);
      for (long done = 0; done < bytes; done += BOUNCE) {
        long count = Math.min(BOUNCE, bytes - done);
        enqueueRead(source, offset + done, bounce.asSlice(0, count));
        MemorySegment.copy(bounce, 0, target, done, count);
      }
    }
  }

  private void enqueueWrite(cl_mem target, long offset, MemorySegment source) {
    try {
      CL.clEnqueueWriteBuffer(
          queue, target, true, offset, source.byteSize(), pointer(source), 0, null, null);
    } finally {
      Reference.reachabilityFence(source);
    }
  }

  private void enqueueRead(cl_mem source, long offset, MemorySegment target) {
    try {
      CL.clEnqueueReadBuffer(
          queue, source, true, offset, target.byteSize(), pointer(target), 0, null, null);
    } finally {
      Reference.reachabilityFence(target);
    }
  }

  /** A pointer to native memory: JOCL's null plus the address. */
  private static Pointer pointer(MemorySegment segment) {
    return new Pointer().withByteOffset(segment.address());
  }

  @Override
  public void close() {
    context.release(queue);
  }
}
