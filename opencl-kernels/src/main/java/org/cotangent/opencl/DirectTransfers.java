package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;

/**
 * Copies without memory of their own: for devices that share the host's memory, where a copy is a
 * copy within it, and for small ones on all.
 *
 * <p>Rules. Native memory is handed to the driver, in pieces below 2 GiB, beyond which some count
 * wrongly. Memory of the Java heap may move, so its address is never passed on: a little goes
 * through native memory, and for more the buffer is mapped and the copy made here.
 */
final class DirectTransfers implements Transfers {
  private static final long PIECE = 1L << 30;

  /** Up to this a copy more costs less than a command more. */
  private static final long SMALL = 64 << 10;

  private final ClContext context;
  private final cl_command_queue queue;

  DirectTransfers(ClContext context) {
    this.context = context;
    this.queue = context.queue(false);
  }

  @Override
  public void write(cl_mem target, long offset, MemorySegment source) {
    long bytes = source.byteSize();
    if (!source.isNative() && bytes <= SMALL) {
      try (Arena arena = Arena.ofConfined()) {
        write(target, offset, arena.allocate(bytes, Long.BYTES).copyFrom(source));
      }
      return;
    }
    for (long done = 0; done < bytes; done += PIECE) {
      MemorySegment piece = source.asSlice(done, Math.min(PIECE, bytes - done));
      if (piece.isNative()) {
        enqueueWrite(target, offset + done, piece);
      } else {
        copyMapped(target, offset + done, piece, true);
      }
    }
  }

  @Override
  public void read(cl_mem source, long offset, MemorySegment target) {
    long bytes = target.byteSize();
    if (!target.isNative() && bytes <= SMALL) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bounce = arena.allocate(bytes, Long.BYTES);
        read(source, offset, bounce);
        target.copyFrom(bounce);
      }
      return;
    }
    for (long done = 0; done < bytes; done += PIECE) {
      MemorySegment piece = target.asSlice(done, Math.min(PIECE, bytes - done));
      if (piece.isNative()) {
        enqueueRead(source, offset + done, piece);
      } else {
        copyMapped(source, offset + done, piece, false);
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

  private void copyMapped(cl_mem buffer, long offset, MemorySegment host, boolean write) {
    long flags = write ? CL.CL_MAP_WRITE_INVALIDATE_REGION : CL.CL_MAP_READ;
    ByteBuffer mapped =
        CL.clEnqueueMapBuffer(
            queue, buffer, true, flags, offset, host.byteSize(), 0, null, null, null);
    try {
      MemorySegment device = MemorySegment.ofBuffer(mapped);
      if (write) {
        device.copyFrom(host);
      } else {
        host.copyFrom(device);
      }
    } finally {
      CL.clEnqueueUnmapMemObject(queue, buffer, mapped, 0, null, null);
      CL.clFinish(queue);
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
