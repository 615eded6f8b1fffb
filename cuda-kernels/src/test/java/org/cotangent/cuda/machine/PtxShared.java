package org.cotangent.cuda.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Memory that the threads of a block share. What one writes no other may touch before a barrier.
 */
final class PtxShared {
  private final PtxMemory memory = new PtxMemory();
  private final List<Long> starts;

  /** Of each byte of each memory since the last barrier: who wrote it, or {@link #NOBODY}. */
  private final List<int[]> writers = new ArrayList<>();

  /** The same: who read it, the last one or {@link #SEVERAL}. */
  private final List<int[]> readers = new ArrayList<>();

  /** Of each byte: who has begun a copy to it and not waited for that, or {@link #NOBODY}. */
  private final List<int[]> expected = new ArrayList<>();

  private static final int NOBODY = -1;
  private static final int SEVERAL = -2;

  /** Of sizes in the order in which they are declared. */
  PtxShared(List<Integer> sizes) {
    starts = sizes.stream().map(memory::allocate).toList();
    for (int size : sizes) {
      writers.add(new int[size]);
      readers.add(new int[size]);
      expected.add(new int[size]);
    }
    expected.forEach(all -> Arrays.fill(all, NOBODY));
    barrier();
  }

  /** {@return the addresses that memory of some sizes has in every block} */
  static List<Long> addresses(List<Integer> sizes) {
    PtxMemory memory = new PtxMemory();
    return sizes.stream().map(memory::allocate).toList();
  }

  long read(PtxThread thread, long address, int bytes) {
    final long bits = memory.read(address, bytes);
    int number = number(address);
    int first = (int) (address - starts.get(number));
    int[] written = writers.get(number);
    int[] read = readers.get(number);
    requireStill(thread, address, bytes);
    for (int at = first; at < first + bytes; at++) {
      requireAlone(thread, written[at], address, "written");
      read[at] = read[at] == NOBODY || read[at] == thread.number ? thread.number : SEVERAL;
    }
    return bits;
  }

  void write(PtxThread thread, long address, int bytes, long bits) {
    memory.write(address, bytes, bits);
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
    if (other != NOBODY && other != thread.number) {
      throw new PtxFault(
          "shared memory at %d is used by thread %d and was %s by %s, with no barrier between"
              .formatted(
                  address, thread.number, what, other == SEVERAL ? "several" : "thread " + other));
    }
  }

  /** All threads have come to a barrier. */
  void barrier() {
    writers.forEach(all -> Arrays.fill(all, NOBODY));
    readers.forEach(all -> Arrays.fill(all, NOBODY));
  }
}
