package org.cotangent.backend;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Objects that are used by one thread at a time and kept for the next, so that a replay makes none.
 * Safe for many threads. Where more callers run at once than are kept, theirs are garbage.
 *
 * @param <T> what is kept
 */
public final class Spares<T> {
  private static final int KEPT = 16;

  private final AtomicReferenceArray<@Nullable T> kept = new AtomicReferenceArray<>(KEPT);

  /** Keeps nothing yet. */
  public Spares() {}

  /** {@return one that nobody uses, for the caller alone; null if there is none} */
  public @Nullable T take() {
    for (int i = 0; i < KEPT; i++) {
      // Looked at before it is taken: the first place is often empty, and writing to it is dear.
      if (kept.get(i) != null) {
        T taken = kept.getAndSet(i, null);
        if (taken != null) {
          return taken;
        }
      }
    }
    return null;
  }

  /**
   * Keeps one.
   *
   * @param spare that the caller uses no more
   */
  public void give(T spare) {
    for (int i = 0; i < KEPT; i++) {
      if (kept.get(i) == null && kept.compareAndSet(i, null, spare)) {
        return;
      }
    }
  }
}
