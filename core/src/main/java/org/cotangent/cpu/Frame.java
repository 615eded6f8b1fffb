package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.cotangent.cpu.CpuPool.PieceTask;
import org.cotangent.type.MappedPages;

/** One run of a program: where its buffers lie, and who works on it. */
final class Frame {
  private static final long ALIGNMENT = 64;

  private final MemorySegment[] segments;
  private final long[] offsets;
  private final CpuPool pool;
  private final WorkerState state;
  private final boolean hasForeign;

  /**
   * Makes the frame of a run.
   *
   * @param segments memory of each buffer; read-only if it is somebody else's
   * @param offsets where in it each starts, in bytes
   * @param pool runs the pieces
   * @param state of the calling thread
   */
  Frame(MemorySegment[] segments, long[] offsets, CpuPool pool, WorkerState state) {
    this.segments = segments;
    this.offsets = offsets;
    this.pool = pool;
    this.state = state;
    boolean any = false;
    for (MemorySegment segment : segments) {
      any |= segment.isReadOnly();
    }
    this.hasForeign = any;
  }

  /** {@return the memory that holds a buffer, and perhaps others} */
  MemorySegment segment(int buffer) {
    return segments[buffer];
  }

  /** {@return where in its segment a buffer starts, in bytes; a multiple of 8} */
  long offset(int buffer) {
    return offsets[buffer];
  }

  /**
   * {@return whether a buffer lies in somebody else's memory, of any alignment, which is looked at
   * as {@link MappedPages} says}
   */
  boolean isForeign(int buffer) {
    return segments[buffer].isReadOnly();
  }

  /** {@return whether any buffer does} */
  boolean hasForeign() {
    return hasForeign;
  }

  /** {@return whether all memory is still there; somebody else's may be closed at any time} */
  boolean isAlive() {
    return Arrays.stream(segments).allMatch(segment -> segment.scope().isAlive());
  }

  /**
   * {@return a frame in which buffers are copies of foreign ones} For steps that cannot take them
   * part by part.
   *
   * @param arena of the copies
   * @param buffers whichever are to be no foreign ones
   */
  Frame withCopies(Arena arena, int... buffers) {
    MemorySegment[] copies = segments.clone();
    for (int buffer : buffers) {
      if (copies[buffer].isReadOnly()) {
        copies[buffer] = arena.allocate(segments[buffer].byteSize(), ALIGNMENT);
        MemorySegment.copy(segments[buffer], 0, copies[buffer], 0, segments[buffer].byteSize());
      }
    }
    return new Frame(copies, offsets, pool, state);
  }

  /** {@return the calling thread's state; pieces get the state of their own thread} */
  WorkerState state() {
    return state;
  }

  /** Runs pieces on the pool, see {@link CpuPool#parallel}. */
  void parallel(int pieces, PieceTask task) {
    pool.parallel(pieces, state, hasForeign ? settled(task) : task);
  }

  /** A thread of the pool hears of a fault before its piece counts as done. */
  private static PieceTask settled(PieceTask task) {
    return (piece, state) -> {
      task.run(piece, state);
      MappedPages.settle();
    };
  }
}
