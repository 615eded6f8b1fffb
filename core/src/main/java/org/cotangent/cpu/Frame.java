package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.cpu.CpuPool.PieceTask;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.MappedPages;
import org.jspecify.annotations.Nullable;

/**
 * One run of a program: where its buffers lie, and who works on it. A program uses it for one run
 * after the other; what has not moved in between stays as it is.
 */
final class Frame {
  private static final long ALIGNMENT = 64;

  private final List<Buffer> buffers;
  private final CpuPool pool;

  /** Where each buffer lies; null before the first run. */
  private final @Nullable Slice[] slices;

  private final MemorySegment[] segments;
  private final long[] offsets;
  private boolean hasForeign;
  private @Nullable WorkerState state;

  /**
   * Makes a frame that has no memory yet.
   *
   * @param buffers of the program
   * @param pool runs the pieces
   */
  Frame(List<Buffer> buffers, CpuPool pool) {
    this(buffers, pool, new MemorySegment[buffers.size()], new long[buffers.size()], false, null);
    Arrays.fill(segments, MemorySegment.NULL);
  }

  private Frame(
      List<Buffer> buffers,
      CpuPool pool,
      MemorySegment[] segments,
      long[] offsets,
      boolean hasForeign,
      @Nullable WorkerState state) {
    this.buffers = buffers;
    this.pool = pool;
    this.slices = new @Nullable Slice[buffers.size()];
    this.segments = segments;
    this.offsets = offsets;
    this.hasForeign = hasForeign;
    this.state = state;
  }

  /**
   * Begins a run.
   *
   * @param memory where each buffer lies
   * @throws ArgumentException if one does not lie inside its region at a multiple of 8 bytes
   * @throws ClosedException if memory was freed, or the pool is closed
   * @throws DeviceException if memory is another device's
   */
  void begin(List<Slice> memory) {
    if (memory.size() != buffers.size()) {
      throw new ArgumentException(
          "run: "
              + memory.size()
              + " slices for the "
              + buffers.size()
              + " buffers of the program");
    }
    for (int i = 0; i < segments.length; i++) {
      Slice slice = memory.get(i);
      if (!slice.equals(slices[i])) {
        place(i, slice);
        slices[i] = slice;
      } else if (!segments[i].scope().isAlive()) {
        throw freed(i);
      }
    }
    state = pool.borrow();
  }

  private void place(int i, Slice slice) {
    if (!(slice.region() instanceof HostRegion region)) {
      throw new DeviceException(
          "run: buffer " + i + " lies in another device's memory; copy it through the host");
    }
    long bytes = buffers.get(i).bytes();
    long offset = slice.offset();
    if (offset < 0 || offset % Long.BYTES != 0 || offset > region.bytes() - bytes) {
      throw new ArgumentException(
          "run: buffer "
              + i
              + " of "
              + bytes
              + " bytes at offset "
              + offset
              + " of a region of "
              + region.bytes()
              + " bytes; offsets are multiples of 8");
    }
    if (!region.segment().scope().isAlive()) {
      throw freed(i);
    }
    boolean isForeign = region.isForeign();
    segments[i] = isForeign ? region.segment().asSlice(offset, bytes) : region.segment();
    offsets[i] = isForeign ? 0 : offset;
    hasForeign |= isForeign;
  }

  private static ClosedException freed(int buffer) {
    return new ClosedException("run: the memory of buffer " + buffer + " was freed");
  }

  /** Ends a run. Somebody else's memory lives as long as it can be reached, so it is forgotten. */
  void end() {
    WorkerState lent = state;
    state = null;
    if (lent != null) {
      pool.giveBack(lent);
    }
    if (hasForeign) {
      Arrays.fill(slices, null);
      Arrays.fill(segments, MemorySegment.NULL);
      hasForeign = false;
    }
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
    return new Frame(this.buffers, pool, copies, offsets, hasForeign(copies), state);
  }

  private static boolean hasForeign(MemorySegment[] segments) {
    return Arrays.stream(segments).anyMatch(MemorySegment::isReadOnly);
  }

  /** {@return the calling thread's state; pieces get the state of their own thread} */
  WorkerState state() {
    return Objects.requireNonNull(state);
  }

  /** Runs pieces on the pool, see {@link CpuPool#parallel}; a single one without it. */
  void parallel(int pieces, Task task) {
    if (pieces == 1 && !hasForeign) {
      task.run(this, 0, state());
    } else {
      PieceTask each = (piece, own) -> task.run(this, piece, own);
      pool.parallel(pieces, state(), hasForeign ? settled(each) : each);
    }
  }

  /** What a step does for each piece. Made once for all runs, which a lambda in a run would not. */
  @FunctionalInterface
  interface Task {
    /**
     * Does one piece.
     *
     * @param frame where the buffers lie
     * @param piece which, from 0 on
     * @param state of the thread it runs on
     */
    void run(Frame frame, int piece, WorkerState state);
  }

  /** A thread of the pool hears of a fault before its piece counts as done. */
  private static PieceTask settled(PieceTask task) {
    return (piece, state) -> {
      task.run(piece, state);
      MappedPages.settle();
    };
  }
}
