package org.cotangent.cuda.machine;

import org.jspecify.annotations.Nullable;

/** Where one thread is, and what its registers hold. */
final class PtxThread {
  /** What a thread waits for. */
  enum Wait {
    /** Nothing: it runs. */
    NONE,
    /** All threads of its block. */
    BARRIER,
    /** The other threads of its warp, to do something together. */
    WARP,
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

  /** What its warp does together, while it waits for the others. */
  @Nullable PtxWarp together;

  final PtxCopies copies = new PtxCopies();

  PtxThread(PtxLaunch launch, PtxShared shared, int block, int number, int registers) {
    this.launch = launch;
    this.shared = shared;
    this.block = block;
    this.number = number;
    this.registers = new long[registers];
    written = new boolean[registers];
  }

  /** Waits until all threads of the warp have come here, and does something with them. */
  void join(PtxWarp together) {
    this.together = together;
    wait = Wait.WARP;
  }

  void set(int register, long bits) {
    registers[register] = bits;
    written[register] = true;
  }
}
