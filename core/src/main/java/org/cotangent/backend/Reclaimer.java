package org.cotangent.backend;

/**
 * The last resort before a device is declared out of memory: collects garbage and waits for the
 * cleaners of forgotten tensors, which release their blocks.
 */
@FunctionalInterface
public interface Reclaimer {
  /** A reclaimer that has nothing to reclaim. */
  Reclaimer NONE = () -> {};

  /**
   * Tries, and returns when it has tried. Called without any of the allocator's locks, by several
   * threads at once if several run out of memory. Must not allocate from the same allocator.
   */
  void reclaim();
}
