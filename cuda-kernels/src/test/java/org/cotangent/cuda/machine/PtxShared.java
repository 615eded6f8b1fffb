package org.cotangent.cuda.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory that the threads of a block share. What one writes no other may touch before a barrier: of
 * the block, or of a warp, after which only that warp may. The last part of it may be dynamic, of
 * as many bytes as a launch says.
 */
final class PtxShared {
  private final PtxMemory memory = new PtxMemory();
  private final List<Long> starts;
  private final PtxAsync async;

  /** Of each byte of each memory since the last barrier: who wrote it, or {@link #NOBODY}. */
  private final List<int[]> writers = new ArrayList<>();

  /** The same: who read it, the last one or {@link #SEVERAL}. */
  private final List<int[]> readers = new ArrayList<>();

  /** What each warp has touched since its last barrier. */
  private final Map<Integer, List<Long>> touched = new HashMap<>();

  private final boolean hasWarpBarriers;

  /** Of each byte: who has begun a copy to it and not waited for that, or {@link #NOBODY}. */
  private final List<int[]> expected = new ArrayList<>();

  private static final int NOBODY = -1;
  private static final int SEVERAL = -2;

  /** Less the number of a warp: that warp, before its barrier; or several of it since. */
  private static final int WARP_BEFORE = -3;

  private static final int WARP_SEVERAL = -1000;

  /** Dynamic memory begins here, as on chips that keep the first KiB for themselves. */
  private static final long WINDOW = 1 << 18;

  private static final long RESERVED = 1 << 10;

  /**
   * Memory of a block.
   *
   * @param sizes in the order in which they are declared
   * @param dynamic bytes that the launch adds
   * @param hasWarpBarriers whether warps have barriers of their own
   * @param launch of the block
   */
  PtxShared(List<Integer> sizes, int dynamic, boolean hasWarpBarriers, PtxLaunch launch) {
    this.hasWarpBarriers = hasWarpBarriers;
    starts = new ArrayList<>(sizes.stream().map(memory::allocate).toList());
    List<Integer> all = new ArrayList<>(sizes);
    if (dynamic > 0) {
      starts.add(dynamic(sizes));
      memory.allocateAt(starts.getLast(), dynamic);
      all.add(dynamic);
    }
    for (int size : all) {
      writers.add(new int[size]);
      readers.add(new int[size]);
      expected.add(new int[size]);
    }
    expected.forEach(marks -> Arrays.fill(marks, NOBODY));
    async = new PtxAsync(launch.memory(), memory, launch.threads());
    clear();
  }

  /** {@return the addresses that memory of some sizes has in every block} */
  static List<Long> addresses(List<Integer> sizes) {
    PtxMemory memory = new PtxMemory();
    return sizes.stream().map(memory::allocate).toList();
  }

  /** {@return where dynamic memory begins in every block} */
  static long dynamic(List<Integer> sizes) {
    PtxMemory memory = new PtxMemory();
    sizes.forEach(memory::allocate);
    return Math.ceilDiv(memory.allocate(1), WINDOW) * WINDOW + RESERVED;
  }

  /** {@return where this block's dynamic memory begins} */
  long dynamic() {
    return starts.getLast();
  }

  /** {@return what happens beside the threads} */
  PtxAsync async() {
    return async;
  }

  long read(PtxThread thread, long address, int bytes) {
    final long bits = memory.read(address, bytes);
    async.read(thread, address);
    int number = number(address);
    int first = (int) (address - starts.get(number));
    int[] written = writers.get(number);
    int[] read = readers.get(number);
    requireStill(thread, address, bytes);
    for (int at = first; at < first + bytes; at++) {
      requireAlone(thread, written[at], address, "written");
      read[at] = reader(read[at], thread.number);
      touch(thread, number, at);
    }
    return bits;
  }

  private static int reader(int before, int thread) {
    int warp = thread / PtxWarp.SIZE;
    if (before == NOBODY || before == thread || before == WARP_BEFORE - warp) {
      return thread;
    }
    boolean sameWarp = before >= 0 ? before / PtxWarp.SIZE == warp : before == WARP_SEVERAL - warp;
    return sameWarp ? WARP_SEVERAL - warp : SEVERAL;
  }

  void write(PtxThread thread, long address, int bytes, long bits) {
    memory.write(address, bytes, bits);
    async.requireThreads(thread, address);
    requireStill(thread, address, bytes);
    claim(thread, address, bytes);
  }

  /** A thread changes bytes: now, or at some time from now on. */
  private void claim(PtxThread thread, long address, int bytes) {
    int number = number(address);
    int first = (int) (address - starts.get(number));
    int[] written = writers.get(number);
    int[] read = readers.get(number);
    for (int at = first; at < first + bytes; at++) {
      requireAlone(thread, written[at], address, "written");
      requireAlone(thread, read[at], address, "read");
      written[at] = thread.number;
      touch(thread, number, at);
    }
  }

  private void touch(PtxThread thread, int number, int at) {
    if (hasWarpBarriers) {
      touched
          .computeIfAbsent(thread.number / PtxWarp.SIZE, _ -> new ArrayList<>())
          .add((long) number << 32 | at);
    }
  }

  /** A thread has begun a copy to some bytes, which nobody may touch before it waits. */
  void expect(PtxThread thread, long address, int bytes) {
    memory.part(address, bytes);
    requireStill(thread, address, bytes);
    claim(thread, address, bytes);
    mark(address, bytes, thread.number);
  }

  /** The thread that began a copy waits for it. */
  void arrived(long address, int bytes) {
    mark(address, bytes, NOBODY);
  }

  private void mark(long address, int bytes, int thread) {
    int number = number(address);
    int first = (int) (address - starts.get(number));
    Arrays.fill(expected.get(number), first, first + bytes, thread);
  }

  private void requireStill(PtxThread thread, long address, int bytes) {
    int number = number(address);
    int[] copied = expected.get(number);
    int first = (int) (address - starts.get(number));
    for (int at = first; at < first + bytes; at++) {
      if (copied[at] != NOBODY) {
        throw new PtxFault(
            "shared memory at %d is used by thread %d while a copy of thread %d is on its way there"
                .formatted(address, thread.number, copied[at]));
      }
    }
  }

  /** Which memory an address is in. */
  private int number(long address) {
    int number = starts.size() - 1;
    while (starts.get(number) > address) {
      number--;
    }
    return number;
  }

  private static void requireAlone(PtxThread thread, int other, long address, String what) {
    if (other != NOBODY
        && other != thread.number
        && other != WARP_BEFORE - thread.number / PtxWarp.SIZE) {
      throw new PtxFault(
          "shared memory at %d is used by thread %d and was %s by %s, with no barrier between"
              .formatted(address, thread.number, what, other < 0 ? "several" : "thread " + other));
    }
  }

  /** All threads have come to a barrier. */
  void barrier() {
    clear();
    async.meet();
  }

  private void clear() {
    writers.forEach(all -> Arrays.fill(all, NOBODY));
    readers.forEach(all -> Arrays.fill(all, NOBODY));
    touched.clear();
  }

  /** All threads of a warp have come to a barrier of theirs. */
  void barrier(int warp) {
    List<Long> places = touched.remove(warp);
    if (places == null) {
      return;
    }
    for (long place : places) {
      int number = (int) (place >> 32);
      int at = (int) place;
      before(writers.get(number), at, warp);
      before(readers.get(number), at, warp);
    }
  }

  private static void before(int[] marks, int at, int warp) {
    if (marks[at] == WARP_SEVERAL - warp || (marks[at] >= 0 && marks[at] / PtxWarp.SIZE == warp)) {
      marks[at] = WARP_BEFORE - warp;
    }
  }
}
