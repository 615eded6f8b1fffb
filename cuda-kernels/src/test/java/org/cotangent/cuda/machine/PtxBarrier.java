package org.cotangent.cuda.machine;

/**
 * A barrier in shared memory (PTX ISA, "mbarrier"): a phase is over when so many threads have
 * arrived and all bytes that were announced have come.
 */
final class PtxBarrier {
  /** Among the barriers of the block. */
  final int number;

  private final long address;
  private final int count;
  private int missing;
  private long bytes;
  private int phases;

  /** Since a block barrier, other threads may use it. */
  private boolean published;

  /** Since a fence, copies may. */
  private boolean fenced;

  /** The thread that made it. */
  private final int maker;

  /** What those knew who arrived in this phase, and what is known to whoever waits. */
  private final int[] arriving;

  final int[] released;

  PtxBarrier(int number, long address, int count, int maker, int clocks) {
    if (count < 1 || count >= 1 << 20) {
      throw new PtxFault("a barrier for " + count + " threads");
    }
    this.number = number;
    this.address = address;
    this.count = count;
    this.maker = maker;
    missing = count;
    arriving = new int[clocks];
    released = new int[clocks];
  }

  /** {@return how many phases are over} */
  int phases() {
    return phases;
  }

  void publish() {
    published = true;
  }

  /** A thread orders what it wrote before what copies do. */
  void fence(int thread) {
    fenced |= thread == maker;
  }

  void requireUsable(int thread) {
    if (!published && thread != maker) {
      throw new PtxFault(
          "barrier at %d is used by thread %d, and thread %d made it with no block barrier since"
              .formatted(address, thread, maker));
    }
  }

  void requireFenced() {
    if (!fenced) {
      throw new PtxFault(
          "barrier at " + address + " is used by a copy with no fence since it is new");
    }
  }

  /** Announces bytes. */
  void expect(long announced) {
    bytes += announced;
  }

  /** A thread that knows something arrives. */
  void arrive(int[] known) {
    if (missing == 0) {
      throw new PtxFault(this + ": more threads arrive than it has");
    }
    missing--;
    PtxClocks.join(arriving, known);
    complete();
  }

  /** Announced bytes have come. */
  void receive(long came) {
    bytes -= came;
    if (bytes < 0) {
      throw new PtxFault(this + ": more bytes come than were announced");
    }
    complete();
  }

  private void complete() {
    if (missing == 0 && bytes == 0) {
      phases++;
      missing = count;
      PtxClocks.join(released, arriving);
      // Whoever waits knows that this phase is over.
      released[released.length - 1 - number] = phases;
    }
  }

  /** {@return whether the phase of a parity is over} */
  boolean isOver(long parity) {
    return (phases & 1) != (parity & 1);
  }

  @Override
  public String toString() {
    return "barrier at %d, phase %d: %d of %d threads and %d bytes are missing"
        .formatted(address, phases, missing, count, bytes);
  }
}
