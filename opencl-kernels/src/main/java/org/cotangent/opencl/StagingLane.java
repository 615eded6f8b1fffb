package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/** Two pinned pieces of host memory and a queue, for copies by one thread at a time. */
final class StagingLane implements AutoCloseable {
  private final ClContext context;
  private final long pieceBytes;
  private final cl_command_queue queue;
  private final List<Piece> pieces = new ArrayList<>();

  /** Pinned memory, mapped as long as it lives, and the copy that it takes part in. */
  private static final class Piece {
    final cl_mem memory;
    final ByteBuffer mapped;
    final MemorySegment segment;
    @Nullable cl_event copy;

    Piece(cl_mem memory, ByteBuffer mapped) {
      this.memory = memory;
      this.mapped = mapped;
      this.segment = MemorySegment.ofBuffer(mapped);
    }
  }

  /**
   * Pins memory.
   *
   * @throws CLException if the driver refuses
   */
  StagingLane(ClContext context, long pieceBytes) {
    this.context = context;
    this.pieceBytes = pieceBytes;
    this.queue = context.queue(false);
    try {
      pieces.add(pinned());
      pieces.add(pinned());
    } catch (CLException e) {
      close();
      throw e;
    }
  }

  private Piece pinned() {
    cl_mem memory = context.buffer(CL.CL_MEM_READ_WRITE | CL.CL_MEM_ALLOC_HOST_PTR, pieceBytes);
    try {
      long flags = CL.CL_MAP_READ | CL.CL_MAP_WRITE;
      return new Piece(
          memory,
          CL.clEnqueueMapBuffer(queue, memory, true, flags, 0, pieceBytes, 0, null, null, null));
    } catch (CLException e) {
      context.release(memory);
      throw e;
    }
  }

  /** Copies a segment into a buffer. */
  void write(cl_mem target, long offset, MemorySegment source) {
    long bytes = source.byteSize();
    try {
      for (long done = 0; done < bytes; done += pieceBytes) {
        Piece piece = piece(done);
        long count = Math.min(pieceBytes, bytes - done);
        await(piece);
        MemorySegment.copy(source, done, piece.segment, 0, count);
        cl_event copy = started(piece);
        CL.clEnqueueWriteBuffer(
            queue, target, false, offset + done, count, Pointer.to(piece.mapped), 0, null, copy);
        CL.clFlush(queue);
      }
      pieces.forEach(this::await);
    } finally {
      settle();
    }
  }

  /** Copies from a buffer into a segment: each piece is fetched while the one before is copied. */
  void read(cl_mem source, long offset, MemorySegment target) {
    long bytes = target.byteSize();
    try {
      fetch(source, offset, 0, bytes);
      for (long done = 0; done < bytes; done += pieceBytes) {
        fetch(source, offset, done + pieceBytes, bytes);
        Piece piece = piece(done);
        await(piece);
        MemorySegment.copy(piece.segment, 0, target, done, Math.min(pieceBytes, bytes - done));
      }
    } finally {
      settle();
    }
  }

  private void fetch(cl_mem source, long offset, long done, long bytes) {
    if (done >= bytes) {
      return;
    }
    Piece piece = piece(done);
    CL.clEnqueueReadBuffer(
        queue,
        source,
        false,
        offset + done,
        Math.min(pieceBytes, bytes - done),
        Pointer.to(piece.mapped),
        0,
        null,
        started(piece));
    CL.clFlush(queue);
  }

  private Piece piece(long done) {
    return pieces.get((int) (done / pieceBytes & 1));
  }

  private cl_event started(Piece piece) {
    cl_event copy = context.event();
    piece.copy = copy;
    return copy;
  }

  private void await(Piece piece) {
    if (piece.copy != null) {
      CL.clWaitForEvents(1, new cl_event[] {piece.copy});
      context.release(piece.copy);
      piece.copy = null;
    }
  }

  /** After a failure: what is under way ends before the pieces are used again. */
  private void settle() {
    if (pieces.stream().allMatch(piece -> piece.copy == null)) {
      return;
    }
    context.settle(queue);
    for (Piece piece : pieces) {
      if (piece.copy != null) {
        context.release(piece.copy);
        piece.copy = null;
      }
    }
  }

  @Override
  public void close() {
    for (Piece piece : pieces) {
      try {
        CL.clEnqueueUnmapMemObject(queue, piece.memory, piece.mapped, 0, null, null);
      } catch (CLException lost) {
        // The release below does what can still be done.
      }
    }
    context.settle(queue);
    pieces.forEach(piece -> context.release(piece.memory));
    context.release(queue);
  }
}
