package org.cotangent.cuda.machine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a block does in shared memory beside its threads: copies that barriers are told of, and
 * products that warps wait for. Both happen as late as the rules allow.
 *
 * <p>A copy may write where nothing reads any more, and a product read what a copy has written, and
 * whoever starts them has to know it: by barriers, on each way between the two ({@link PtxClocks}).
 * So a fault is found whatever order the threads run in.
 */
final class PtxAsync {
  private static final int UNIT = 16;
  private static final int BARRIER_BYTES = 8;

  /** Of a group, four of which share a product. */
  static final int GROUP_WARPS = 4;

  private final PtxMemory memory;
  private final PtxMemory shared;
  private final PtxClocks clocks;
  private final TreeMap<Long, PtxBarrier> barriers = new TreeMap<>();
  private final Deque<PtxCopy> copies = new ArrayDeque<>();
  private final Map<Long, Unit> units = new HashMap<>();
  private final PtxProducts[] products;

  /** Registers that each group asked for; 0 if it did not. */
  private final int[] registers;

  /** 16 bytes of shared memory. */
  private static final class Unit {
    private PtxCopy copy;
    private boolean isThere;

    /** Products that will read it. */
    private int reading;

    /** The moment of each warp in which it was last read. */
    private final int[] read;

    Unit(PtxCopy copy, int warps) {
      this.copy = copy;
      read = new int[warps];
    }
  }

  PtxAsync(PtxMemory memory, PtxMemory shared, int threads) {
    this.memory = memory;
    this.shared = shared;
    int warps = Math.ceilDiv(threads, PtxWarp.SIZE);
    clocks = new PtxClocks(warps);
    products = new PtxProducts[warps];
    Arrays.setAll(products, warp -> new PtxProducts(this, shared, warp));
    registers = new int[Math.ceilDiv(warps, GROUP_WARPS)];
  }

  private static int warp(PtxThread thread) {
    return thread.number / PtxWarp.SIZE;
  }

  PtxProducts products(int warp) {
    return products[warp];
  }

  // ---- barriers

  void initialize(PtxThread thread, long address, int count) {
    PtxMemory.requireAligned(address, BARRIER_BYTES);
    shared.read(address, BARRIER_BYTES);
    if (barriers.size() == PtxClocks.BARRIERS || barriers.containsKey(address)) {
      throw new PtxFault("barrier at " + address + " is made twice, or one too many");
    }
    int number = barriers.size();
    barriers.put(address, new PtxBarrier(number, address, count, thread.number, clocks.size()));
  }

  private PtxBarrier barrier(PtxThread thread, long address) {
    PtxBarrier barrier = barriers.get(address);
    if (barrier == null) {
      throw new PtxFault("there is no barrier at " + address);
    }
    barrier.requireUsable(thread.number);
    return barrier;
  }

  void fence(PtxThread thread) {
    barriers.values().forEach(barrier -> barrier.fence(thread.number));
  }

  void arrive(PtxThread thread, long address, long bytes) {
    PtxBarrier barrier = barrier(thread, address);
    barrier.expect(bytes);
    clocks.tell(warp(thread), barrier);
  }

  /** {@return whether the phase of a parity is over} If not, the thread waits for one. */
  boolean isOver(PtxThread thread, long address, long parity) {
    PtxBarrier barrier = barrier(thread, address);
    if (barrier.isOver(parity)) {
      clocks.hear(warp(thread), barrier);
      return true;
    }
    thread.awaited = barrier;
    thread.phases = barrier.phases();
    thread.wait = PtxThread.Wait.PHASE;
    return false;
  }

  /** All threads of the block have come to a barrier. */
  void meet() {
    clocks.meet();
    barriers.values().forEach(PtxBarrier::publish);
  }

  // ---- copies

  void copy(PtxThread thread, PtxTensorMap map, List<Long> start, long target, long address) {
    PtxBarrier barrier = barrier(thread, address);
    barrier.requireFenced();
    if (map.sizes().size() != start.size()) {
      throw new PtxFault("a copy by " + start.size() + " indices of " + map);
    }
    if (target % PtxCopy.ROW != 0 || map.box().getFirst() * map.elementBytes() != PtxCopy.ROW) {
      throw new PtxFault("a copy to " + target + " of rows that are not 128 bytes: " + map);
    }
    PtxCopy copy = new PtxCopy(map, start, target, barrier, barrier.phases());
    for (long at = target; at < target + map.boxBytes(); at += UNIT) {
      shared.read(at, Long.BYTES);
      Unit unit = units.get(at);
      if (unit == null) {
        units.put(at, new Unit(copy, products.length));
      } else {
        requireFree(unit, at, warp(thread));
        unit.copy = copy;
        unit.isThere = false;
      }
    }
    copies.push(copy);
  }

  private Unit unit(long at) {
    return Objects.requireNonNull(units.get(at), "a copy was started");
  }

  private void requireFree(Unit unit, long at, int warp) {
    if (unit.reading > 0) {
      throw new PtxFault("a copy to " + at + ", which a product still reads");
    }
    if (!unit.isThere || !clocks.knowsPhase(warp, unit.copy.barrier(), unit.copy.phase())) {
      throw new PtxFault("a copy to " + at + " by a warp that does not know the last one is over");
    }
    for (int other = 0; other < unit.read.length; other++) {
      if (!clocks.knows(warp, other, unit.read[other])) {
        throw new PtxFault(
            "a copy to %d by warp %d, which does not know that warp %d has read it"
                .formatted(at, warp, other));
      }
    }
  }

  /** {@return whether a copy was under way, which is done now: the last one that was started} */
  boolean advance() {
    if (copies.isEmpty()) {
      return false;
    }
    PtxCopy copy = copies.pop();
    copy.run(memory, shared);
    for (long at = copy.target(); at < copy.target() + copy.map().boxBytes(); at += UNIT) {
      unit(at).isThere = true;
    }
    return true;
  }

  // ---- what products read

  /** A warp will read 16 bytes. */
  void beginRead(int warp, long at) {
    Unit unit = units.get(at);
    if (unit == null
        || !unit.isThere
        || !clocks.knowsPhase(warp, unit.copy.barrier(), unit.copy.phase())) {
      throw new PtxFault(
          "warp %d reads at %d, and does not know that a copy to there is over"
              .formatted(warp, at));
    }
    unit.reading++;
  }

  /** It has read them. */
  void endRead(int warp, long at) {
    Unit unit = unit(at);
    unit.reading--;
    unit.read[warp] = clocks.now(warp);
  }

  /** A thread reads what a copy has written, or where no copy writes. */
  void read(PtxThread thread, long address) {
    long at = address / UNIT * UNIT;
    if (units.containsKey(at)) {
      beginRead(warp(thread), at);
      endRead(warp(thread), at);
      products[warp(thread)].changeRegisters();
    } else {
      requireThreads(thread, address);
    }
  }

  /** Makes sure that a thread has nothing to do there. */
  void requireThreads(PtxThread thread, long address) {
    if (barriers.isEmpty()) {
      return;
    }
    Map.Entry<Long, PtxBarrier> below = barriers.floorEntry(address);
    if (units.containsKey(address / UNIT * UNIT)
        || (below != null && address < below.getKey() + BARRIER_BYTES)) {
      throw new PtxFault(
          "thread %d uses shared memory at %d, which copies or barriers use"
              .formatted(thread.number, address));
    }
  }

  // ---- registers

  /** A group asks for so many registers of each thread. */
  void setRegisters(int warp, int count) {
    if (count % 8 != 0 || count < 24 || count > 256) {
      throw new PtxFault("setmaxnreg to " + count);
    }
    registers[warp / GROUP_WARPS] = count;
  }

  // ---- the end

  /** Makes sure that nothing is left over. */
  void end() {
    if (!copies.isEmpty()) {
      throw new PtxFault("a block ends with copies under way that nobody has waited for");
    }
    for (int first = 0; first < products.length; first += GROUP_WARPS) {
      for (int warp = first; warp < Math.min(products.length, first + GROUP_WARPS); warp++) {
        products[warp].requireSame(products[first]);
      }
    }
    // The registers that the groups have from the start, in steps of 8.
    int most =
        (1 << 16) / (registers.length * GROUP_WARPS * PtxWarp.SIZE) / 8 * 8 * registers.length;
    int asked = Arrays.stream(registers).sum();
    if (asked > most) {
      throw new PtxFault(
          "groups wait forever for %d registers, there are %d".formatted(asked, most));
    }
  }

  @Override
  public String toString() {
    return barriers.values().toString();
  }
}
