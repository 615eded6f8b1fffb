package org.cotangent;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.cotangent.backend.Block;
import org.cotangent.compile.Replay;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Origin;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;

/**
 * The memory behind a concrete tensor.
 *
 * <p>Rules. An open tensor holds one reference to its block; views made of it hold their own.
 * Whoever reads the memory leases it first, and gives the lease back when the last read is over: so
 * closing a tensor, or losing it, during a run takes effect after the run. A tensor leaves the open
 * state once: by close, by the reclamation of what was forgotten, or by donation to a run.
 */
final class Stored {
  /**
   * What every backend takes as the start of a slice, in bytes; the width of every dtype divides
   * it.
   */
  private static final long GRAIN = 8;

  private enum State {
    OPEN,
    WRITING,
    DONATING,
    DONATED,
    CLOSED
  }

  private static final AtomicReferenceFieldUpdater<Stored, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(Stored.class, State.class, "state");

  final Device device;
  final TensorType type;
  final Layout layout;
  private final Block block;
  private volatile State state = State.OPEN;
  private volatile Origin ended = Origin.UNKNOWN;

  /** Where the tensor's part of the block starts, in bytes: a multiple of {@link #GRAIN}. */
  final long base;

  Stored(Device device, TensorType type, Layout layout, Block block) {
    this(device, type, layout, block, 0);
  }

  /**
   * A tensor on a part of a block.
   *
   * @param base where the layout's position 0 lies, in bytes
   */
  Stored(Device device, TensorType type, Layout layout, Block block, long base) {
    int width = type.dtype().bytes();
    // Programs are compiled for layouts. With the start of a slice outside of it, the next batch of
    // rows finds the program of the one before.
    long skipped = layout.first() * width / GRAIN * GRAIN;
    this.device = device;
    this.type = type;
    this.layout = layout.from(skipped / width);
    this.block = block;
    this.base = base + skipped;
  }

  /** Leases the memory to a run, as one of its arguments. */
  void lend(String op, Replay replay, int index) {
    replay.input(index, lease(op), base);
  }

  /** A reference to the memory, for the caller to release. */
  Block lease(String op) {
    device.requireOpen(op);
    requireOpen(op);
    try {
      // Looked at before as well: who writes must not take this reference for somebody's.
      if (state == State.OPEN) {
        Block leased = block.retain();
        if (state == State.OPEN) {
          return leased;
        }
        leased.release();
      }
    } catch (ClosedException raced) {
      // Closed by another thread since it was seen open: the message below says where.
    }
    requireOpen(op);
    throw new ClosedException(
        op + ": " + type + " is being written or donated by another thread; wait for that run");
  }

  void requireOpen(String op) {
    switch (state) {
      case OPEN, WRITING -> {}
      case DONATING, DONATED ->
          throw new ClosedException(
              op
                  + ": "
                  + type
                  + " was donated by "
                  + ended
                  + "; use the result that took its memory, or do not donate it");
      case CLOSED ->
          throw new ClosedException(
              op
                  + ": "
                  + type
                  + " was closed by "
                  + ended
                  + "; close it later, or keep it in an outer scope");
    }
  }

  /** How it left the open state, as in {@code closed by close at Digits.java:42}. */
  String end() {
    return (state == State.CLOSED ? "closed by " : "donated by ") + ended;
  }

  /** Whether it is open and lies in that block. */
  boolean isIn(Block other) {
    return block == other && isOpen();
  }

  boolean isOpen() {
    return isOpen(state);
  }

  /** {@return whether a run is writing to it or about to take it over} */
  boolean isBusy() {
    State now = state;
    return now == State.WRITING || now == State.DONATING;
  }

  private static boolean isOpen(State state) {
    return state != State.DONATED && state != State.CLOSED;
  }

  void close(Origin by) {
    for (State now = state; isOpen(now); now = state) {
      // A run that writes to it, or takes it over, has a reference of its own.
      if (STATE.compareAndSet(this, now, State.CLOSED)) {
        ended = by;
        block.release();
        return;
      }
    }
  }

  /** Takes the memory from the tensor, to be given to a run or back by {@link #keep}. */
  Block donate(Origin by) {
    take("donate", State.DONATING);
    ended = by;
    return block;
  }

  /**
   * A reference to the memory, for a run to write to and to release. Until {@link #keep} nobody
   * else may look at it.
   */
  Block write(String op) {
    take(op, State.WRITING);
    return block.retain();
  }

  /** Leaves the open state, if nobody else can see the memory. */
  private void take(String op, State taken) {
    if (!layout.isContiguous() || layout.offset() != 0 || base != 0) {
      throw new DeviceException(
          op + ": " + type + " is a view of another tensor; " + instead(taken));
    }
    if (block.isReadOnly()) {
      throw new DeviceException(
          op + ": " + type + " is a view of memory of the host; " + instead(taken));
    }
    device.requireOpen(op);
    if (!STATE.compareAndSet(this, State.OPEN, taken)) {
      requireOpen(op);
      throw new ClosedException(
          op
              + ": "
              + type
              + " is passed more than once, or being written or donated by another thread; pass it"
              + " once, after that run");
    }
    if (!block.exclusive()) {
      keep();
      // Not if another thread has closed it.
      requireOpen(op);
      throw new DeviceException(
          op
              + ": "
              + type
              + " shares its memory with a view or a run in progress; "
              + (taken == State.DONATING
                  ? "close those first"
                  : "close those first, and pass no argument of this run"));
    }
  }

  private static String instead(State taken) {
    return taken == State.DONATING ? "donate a copy of it" : "pass a tensor of its own";
  }

  /** Opens it again, unless it was donated or closed. */
  void keep() {
    if (!STATE.compareAndSet(this, State.DONATING, State.OPEN)) {
      STATE.compareAndSet(this, State.WRITING, State.OPEN);
    }
  }

  /** Makes a donation final; the run has begun. The donor's own reference is given up. */
  void donated() {
    if (STATE.compareAndSet(this, State.DONATING, State.DONATED)) {
      block.release();
    }
  }
}
