package org.cotangent.cuda.machine;

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
