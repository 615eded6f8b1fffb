package org.cotangent;

import java.util.concurrent.atomic.AtomicReference;
import org.cotangent.backend.Block;
import org.cotangent.compile.Executable;
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
    DONATING,
    DONATED,
    CLOSED
  }

  final Device device;
  final TensorType type;
  final Layout layout;
  private final Block block;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
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

  /** The memory as an argument of a run, under a lease. */
  Executable.Argument argument(Block leased) {
    return new Executable.Argument(leased, base);
  }

  /** A reference to the memory, for the caller to release. */
  Block lease(String op) {
    device.requireOpen(op);
    requireOpen(op);
    try {
      Block leased = block.retain();
      if (state.get() == State.OPEN) {
        return leased;
      }
      leased.release();
    } catch (ClosedException raced) {
      // Closed by another thread since it was seen open: the message below says where.
    }
    requireOpen(op);
    throw new ClosedException(op + ": " + type + " is being donated by another thread");
  }

  void requireOpen(String op) {
    switch (state.get()) {
      case OPEN -> {}
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
    return (state.get() == State.CLOSED ? "closed by " : "donated by ") + ended;
  }

  /** Whether it is open and lies in that block. */
  boolean isIn(Block other) {
    return block == other && isOpen();
  }

  boolean isOpen() {
    return state.get() == State.OPEN;
  }

  void close(Origin by) {
    if (state.compareAndSet(State.OPEN, State.CLOSED)) {
      ended = by;
      block.release();
    }
  }

  /** Takes the memory from the tensor, to be given to a run or back by {@link #keep}. */
  Block donate(Origin by) {
    if (!layout.isContiguous() || layout.offset() != 0 || base != 0) {
      throw new DeviceException(
          "donate: " + type + " is a view of another tensor; donate a copy of it");
    }
    if (block.isReadOnly()) {
      throw new DeviceException(
          "donate: " + type + " is a view of memory of the host; donate a copy of it");
    }
    device.requireOpen("donate");
    if (!state.compareAndSet(State.OPEN, State.DONATING)) {
      requireOpen("donate");
    }
    ended = by;
    if (!block.exclusive()) {
      keep();
      throw new DeviceException(
          "donate: "
              + type
              + " shares its memory with a view or a run in progress; close those first");
    }
    return block;
  }

  /** Takes a donation back, before the run began. */
  void keep() {
    state.set(State.OPEN);
  }

  /** Makes a donation final; the run has begun. The donor's own reference is given up. */
  void donated() {
    state.set(State.DONATED);
    block.release();
  }
}
