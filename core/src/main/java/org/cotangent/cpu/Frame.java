package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import org.cotangent.cpu.CpuPool.PieceTask;

/** One run of a program: where its buffers lie, and who works on it. */
final class Frame {
  private final MemorySegment[] segments;
  private final long[] offsets;
  private final CpuPool pool;
  private final WorkerState state;

  /**
   * Makes the frame of a run.
   *
   * @param segments memory of each buffer
   * @param offsets where in it each starts, in bytes
   * @param pool runs the pieces
   * @param state of the calling thread
   */
  Frame(MemorySegment[] segments, long[] offsets, CpuPool pool, WorkerState state) {
    this.segments = segments;
    this.offsets = offsets;
    this.pool = pool;
    this.state = state;
  }

  /** {@return the memory that holds a buffer, and perhaps others} */
  MemorySegment segment(int buffer) {
    return segments[buffer];
  }

  /** {@return where in its segment a buffer starts, in bytes; a multiple of 8} */
  long offset(int buffer) {
    return offsets[buffer];
  }

  /** {@return the calling thread's state; pieces get the state of their own thread} */
  WorkerState state() {
    return state;
  }

  /** Runs pieces on the pool, see {@link CpuPool#parallel}. */
  void parallel(int pieces, PieceTask task) {
    pool.parallel(pieces, state, task);
  }
}
