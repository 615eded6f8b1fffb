package org.cotangent.cuda.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The copies of one thread from global to shared memory that it has begun, by {@code cp.async}.
 * They are done as late as is allowed, when the thread waits for them; until then nobody may touch
 * where they go.
 */
final class PtxCopies {
  /** Groups that the thread has not waited for, the oldest first. */
  private final Deque<List<Copy>> groups = new ArrayDeque<>();

  private List<Copy> open = new ArrayList<>();

  private record Copy(long target, int bytes, long source, int valid) {}

  /**
   * Begins a copy.
   *
   * @param thread that copies
   * @param target in shared memory
   * @param bytes that it takes there
   * @param source in global memory
   * @param valid bytes from there; those behind them become 0
   */
  void begin(PtxThread thread, long target, int bytes, long source, int valid) {
    PtxMemory.requireAligned(target, bytes);
    PtxMemory.requireAligned(source, bytes);
    if (valid < 0 || valid > bytes) {
      throw new PtxFault(valid + " of " + bytes + " bytes are copied");
    }
    if (valid > 0) {
      thread.launch.memory().part(source, valid);
    }
    thread.shared.expect(thread, target, bytes);
    open.add(new Copy(target, bytes, source, valid));
  }

  /** What was begun since the last time is a group, if it is nothing too. */
  void commit() {
    groups.add(open);
    open = new ArrayList<>();
  }

  /** Does the copies of all groups but the last ones. */
  void await(PtxThread thread, int last) {
    while (groups.size() > last) {
      groups.remove().forEach(copy -> run(thread, copy));
    }
  }

  private static void run(PtxThread thread, Copy copy) {
    thread.shared.arrived(copy.target, copy.bytes);
    for (int i = 0; i < copy.bytes; i++) {
      long bits = i < copy.valid ? thread.launch.memory().read(copy.source + i, 1) : 0;
      thread.shared.write(thread, copy.target + i, 1, bits);
    }
  }
}
