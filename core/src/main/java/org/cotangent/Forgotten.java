package org.cotangent;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.cotangent.backend.Block;
import org.cotangent.graph.Origin;

/**
 * Finds tensors that nobody can reach any more and nobody closed, gives their memory back, and
 * reports where they were made. There is no thread behind it: a device looks whenever it makes a
 * tensor, and thoroughly when memory runs out.
 */
final class Forgotten {

  /** Reports in full; after that only the count goes on. */
  private static final int REPORTS = 10;

  private final ReferenceQueue<Tensor> queue = new ReferenceQueue<>();
  private final Set<Ghost> watched = ConcurrentHashMap.newKeySet();
  private final AtomicLong watches = new AtomicLong();
  private final AtomicLong reclaimed = new AtomicLong();

  /** What remains of a tensor when it is unreachable. */
  static final class Ghost extends PhantomReference<Tensor> {
    private final Stored stored;
    private final Origin made;

    /** How many were watched before. */
    private final long number;

    private Ghost(
        Tensor tensor, Stored stored, Origin made, long number, ReferenceQueue<Tensor> queue) {
      super(tensor, queue);
      this.number = number;
      this.stored = stored;
      this.made = made;
    }
  }

  Ghost watch(Tensor tensor, Stored stored, Origin made) {
    Ghost ghost = new Ghost(tensor, stored, made, watches.getAndIncrement(), queue);
    watched.add(ghost);
    return ghost;
  }

  void forget(Ghost ghost) {
    watched.remove(ghost);
    ghost.clear();
  }

  /** What a block is used for, as far as open tensors say so. */
  MemoryReport.Use use(Block block) {
    List<Ghost> tensors =
        watched.stream()
            .filter(ghost -> ghost.stored.isIn(block))
            .sorted(Comparator.comparingLong(ghost -> ghost.number))
            .toList();
    String place = tensors.isEmpty() ? "" : tensors.getFirst().made.place();
    return new MemoryReport.Use(block.bytes(), block.label(), place, tensors.size());
  }

  /** How many tensors were reclaimed so far. */
  long reclaimed() {
    return reclaimed.get();
  }

  /** Reclaims what the collector has found. */
  void drain() {
    for (Reference<? extends Tensor> found = queue.poll(); found != null; found = queue.poll()) {
      if (found instanceof Ghost ghost) {
        watched.remove(ghost);
        if (ghost.stored.isOpen()) {
          ghost.stored.close(new Origin("the garbage collector", ""));
          report(ghost);
        }
      }
    }
  }

  private void report(Ghost ghost) {
    long count = reclaimed.incrementAndGet();
    if (count <= REPORTS) {
      System.getLogger("org.cotangent.memory")
          .log(
              System.Logger.Level.WARNING,
              ghost.stored.type
                  + " made by "
                  + ghost.made
                  + " was never closed and has been reclaimed; make it in a scope"
                  + (count == REPORTS ? " (further ones are only counted)" : ""));
    }
  }

  /** Collects garbage until nothing more turns up, and reclaims. */
  void collect() {
    for (int round = 0; round < 3; round++) {
      long before = reclaimed.get();
      System.gc();
      try {
        // The collector enqueues references after it returned.
        Thread.sleep(10);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
      drain();
      if (reclaimed.get() == before) {
        return;
      }
    }
  }
}
