package org.cotangent.backend;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.cotangent.error.ClosedException;
import org.jspecify.annotations.Nullable;

/**
 * Memory lent by a {@link CachingAllocator}: a range of a region, with a count of those who use it.
 *
 * <p>Rules. It starts with one reference. Whoever keeps it beyond the call that passed it in takes
 * another by {@link #retain} and gives it back by {@link #release}, exactly once. The last release
 * returns the memory, which the next allocation may get at once: a range taken out by {@link
 * #region} and {@link #offset} is good only while a reference is held, until the last kernel that
 * touches it has finished or is ordered before every later use.
 */
public final class Block {
  private static final AtomicIntegerFieldUpdater<Block> REFERENCES =
      AtomicIntegerFieldUpdater.newUpdater(Block.class, "references");

  private final CachingAllocator allocator;
  private final @Nullable Chunk chunk;
  private final Region region;
  private final long offset;
  private final long bytes;
  private final Object label;
  private final boolean readOnly;
  private volatile int references = 1;

  /** A block in a chunk. */
  Block(CachingAllocator allocator, Chunk chunk, long bytes, Object label) {
    this(allocator, chunk, chunk.slab.region, bytes, label, false);
  }

  /** A block in no chunk: of 0 bytes, or of memory that is not the allocator's. */
  Block(CachingAllocator allocator, Region region, long bytes, Object label, boolean readOnly) {
    this(allocator, null, region, bytes, label, readOnly);
  }

  private Block(
      CachingAllocator allocator,
      @Nullable Chunk chunk,
      Region region,
      long bytes,
      Object label,
      boolean readOnly) {
    this.allocator = allocator;
    this.readOnly = readOnly;
    this.chunk = chunk;
    this.region = region;
    this.offset = chunk == null ? 0 : chunk.offset;
    this.bytes = bytes;
    this.label = label;
  }

  /**
   * {@return the region that holds the block}
   *
   * @throws ClosedException if the block was released or its allocator closed
   */
  public Region region() {
    requireUsable("region");
    return region;
  }

  /**
   * {@return where the block starts in its region, in bytes, a multiple of the alignment}
   *
   * @throws ClosedException if the block was released or its allocator closed
   */
  public long offset() {
    requireUsable("offset");
    return offset;
  }

  /** {@return the size that was requested, also after release} */
  public long bytes() {
    return bytes;
  }

  /** {@return what it was allocated for, also after release} */
  public String label() {
    return String.valueOf(label);
  }

  /**
   * Takes another reference.
   *
   * @return this block
   * @throws ClosedException if the block was released or its allocator closed
   */
  public Block retain() {
    requireUsable("retain");
    int count;
    do {
      count = references;
      if (count == 0) {
        throw released("retain");
      }
    } while (!REFERENCES.compareAndSet(this, count, Math.incrementExact(count)));
    return this;
  }

  /**
   * Gives a reference back; the last one returns the memory. After the allocator was closed it only
   * counts.
   *
   * @throws ClosedException if all references were given back before
   */
  public void release() {
    int count;
    do {
      count = references;
      if (count == 0) {
        throw released("release");
      }
    } while (!REFERENCES.compareAndSet(this, count, count - 1));
    if (count == 1) {
      allocator.recycle(this);
    }
  }

  /** {@return whether more than one reference is held} */
  public boolean isShared() {
    return references > 1;
  }

  /** {@return whether it is memory of somebody else, that nobody may overwrite} */
  public boolean isReadOnly() {
    return readOnly;
  }

  /**
   * {@return whether exactly one reference is held} Who holds it may overwrite or donate the
   * memory: nobody else can take a reference.
   */
  public boolean exclusive() {
    return references == 1;
  }

  /** {@return size and label} */
  @Override
  public String toString() {
    return MemoryStatistics.print(bytes) + ": " + label();
  }

  @Nullable Chunk chunk() {
    return chunk;
  }

  private void requireUsable(String op) {
    if (references == 0) {
      throw released(op);
    }
    if (allocator.isClosed()) {
      throw new ClosedException(
          op + ": the device of the block of " + this + " was closed; use it before closing");
    }
  }

  private ClosedException released(String op) {
    return new ClosedException(
        op
            + ": the block of "
            + this
            + " was released; hold a reference by retain() as long as it is used");
  }
}
