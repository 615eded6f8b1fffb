package org.cotangent.backend;

/** A region in the hands of the allocator, with its chunks. */
final class Slab {
  final Region region;
  final long bytes;

  /** Regions have no address that can be compared: the order in which they came stands for it. */
  final long serial;

  final FreeTree pool;

  /** The chunk at offset 0: splitting and merging keep the left one. */
  final Chunk first;

  Slab(Region region, long bytes, long serial, FreeTree pool) {
    this.region = region;
    this.bytes = bytes;
    this.serial = serial;
    this.pool = pool;
    this.first = new Chunk(this, 0, bytes);
  }

  boolean isFree() {
    return first.block == null && first.isWholeRegion();
  }
}
