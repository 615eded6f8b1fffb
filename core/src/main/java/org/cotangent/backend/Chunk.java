package org.cotangent.backend;

import org.jspecify.annotations.Nullable;

/**
 * A range of a region: free and in a {@link FreeTree}, or lent to a block. The chunks of a region
 * form a list by offset that covers it without gaps; no two neighbours are free.
 */
final class Chunk {
  final Slab slab;
  long offset;
  long size;
  @Nullable Chunk previous;
  @Nullable Chunk next;

  /** Who has it; null when it is free. */
  @Nullable Block block;

  // Links of the tree, meaningful only while free.
  @Nullable Chunk left;
  @Nullable Chunk right;
  int priority;

  Chunk(Slab slab, long offset, long size) {
    this.slab = slab;
    this.offset = offset;
    this.size = size;
  }

  boolean isWholeRegion() {
    return previous == null && next == null;
  }

  /** Cuts off what lies behind the first {@code bytes} and returns it. */
  Chunk split(long bytes) {
    Chunk rest = slab.chunk(offset + bytes, size - bytes);
    size = bytes;
    rest.previous = this;
    rest.next = next;
    if (next != null) {
      next.previous = rest;
    }
    next = rest;
    return rest;
  }

  /** Swallows the chunk behind this one. */
  void absorb(Chunk following) {
    size += following.size;
    next = following.next;
    if (next != null) {
      next.previous = this;
    }
    slab.retire(following);
  }
}
