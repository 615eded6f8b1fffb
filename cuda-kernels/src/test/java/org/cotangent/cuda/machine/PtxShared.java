package org.cotangent.cuda.machine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the threads of a block share. What one writes no other may touch before a barrier.
 */
final class PtxShared {
  private final PtxMemory memory = new PtxMemory();

  /** Of each byte since the last barrier. */
  private final Map<Long, Integer> writers = new HashMap<>();

  /** The last reader, or {@link #SEVERAL}. */
  private final Map<Long, Integer> readers = new HashMap<>();

  private static final int SEVERAL = -1;

  /** Of sizes in the order in which they are declared. */
  PtxShared(List<Integer> sizes) {
    sizes.forEach(memory::allocate);
  }

  /** {@return the addresses that memory of some sizes has in every block} */
  static List<Long> addresses(List<Integer> sizes) {
    PtxMemory memory = new PtxMemory();
    return sizes.stream().map(memory::allocate).toList();
  }

  long read(PtxThread thread, long address, int bytes) {
    for (long at = address; at < address + bytes; at++) {
      requireAlone(thread, writers.get(at), at, "written");
      readers.merge(at, thread.number, (a, b) -> a.equals(b) ? a : (Integer) SEVERAL);
    }
    return memory.read(address, bytes);
  }

  void write(PtxThread thread, long address, int bytes, long bits) {
    for (long at = address; at < address + bytes; at++) {
      requireAlone(thread, writers.put(at, thread.number), at, "written");
      requireAlone(thread, readers.get(at), at, "read");
    }
    memory.write(address, bytes, bits);
  }

  private static void requireAlone(
      PtxThread thread, @Nullable Integer other, long at, String what) {
    if (other != null && other != thread.number) {
      throw new PtxFault(
          "shared memory at %d is used by thread %d and was %s by %s, with no barrier between"
              .formatted(
                  at, thread.number, what, other == SEVERAL ? "several" : "thread " + other));
    }
  }

  /** All threads have come to a barrier. */
  void barrier() {
    writers.clear();
    readers.clear();
  }
}
