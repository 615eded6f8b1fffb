package org.cotangent.cuda.machine;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where one thread is, and what its registers hold. */
final class PtxThread {
  /** What a thread waits for. */
  enum Wait {
    /** Nothing: it runs. */
    NONE,
    /** All threads of its block. */
    BARRIER,
    /** The other threads of its warp. */
    SHUFFLE,
    /** The other threads of its warp, which do something together. */
    WARP,
    /** The end of a phase of a barrier in shared memory. */
    PHASE,
    /** Nothing any more: it has ended. */
    END
  }

  final PtxLaunch launch;
  final PtxShared shared;
  final int block;
  final int number;
  final long[] registers;
  final boolean[] written;

  /** The step that comes next. */
  int next;

  Wait wait = Wait.NONE;

  // While it waits for a shuffle: what it offers, whose it takes, and where that goes.
  long offered;
  int from;
  int target;

  /** While it waits for its warp: what they do together, the same for all. */
  @Nullable Consumer<List<PtxThread>> together;

  // While it waits for a phase: of which barrier, and how many were over.
  @Nullable PtxBarrier awaited;
  int phases;

  /** Of each register, the products that will add to it; empty before the first one. */
  int[] flying = NONE;

  private static final int[] NONE = {};

  PtxThread(PtxLaunch launch, PtxShared shared, int block, int number, int registers) {
    this.launch = launch;
    this.shared = shared;
    this.block = block;
    this.number = number;
    this.registers = new long[registers];
    written = new boolean[registers];
  }

  void set(int register, long bits) {
    registers[register] = bits;
    written[register] = true;
  }
}
