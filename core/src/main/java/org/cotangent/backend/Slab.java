package org.cotangent.backend;

import org.jspecify.annotations.Nullable;

/** A region in the hands of the allocator, with its chunks. */
final class Slab {
  final Region region;
  final long bytes;

  /** Regions have no address that can be compared: the order in which they came stands for it. */
  final long serial;

  final FreeTree pool;

  /** The chunk at offset 0: splitting and merging keep the left one. */
  final Chunk first;

  /** It was taken before anybody asked for it, and goes back last. */
  volatile boolean isReserved;

  /** Chunks that others have swallowed, linked by {@code next}, to be used again. */
  private @Nullable Chunk retired;

  Slab(Region region, long bytes, long serial, FreeTree pool) {
    this.region = region;
    this.bytes = bytes;
    this.serial = serial;
    this.pool = pool;
    this.first = new Chunk(this, 0, bytes);
  }

  /** A chunk in no list and no tree. */
  Chunk chunk(long offset, long size) {
    Chunk chunk = retired;
    if (chunk == null) {
      return new Chunk(this, offset, size);
    }
    retired = chunk.next;
    chunk.offset = offset;
    chunk.size = size;
    return chunk;
  }

  /** Takes a chunk that is nobody's; the block that had it last does not use it any more. */
  void retire(Chunk chunk) {
    chunk.previous = null;
    chunk.next = retired;
    retired = chunk;
  }

  boolean isFree() {
    return first.block == null && first.isWholeRegion();
  }
}
