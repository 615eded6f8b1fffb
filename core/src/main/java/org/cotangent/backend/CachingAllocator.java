package org.cotangent.backend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.event.Span;
import org.cotangent.event.Spans;
import org.jspecify.annotations.Nullable;

/**
 * Hands out pieces of device memory and keeps what comes back, because a device's own calls cost
 * milliseconds and this costs a fraction of a microsecond. The scheme (pools by size, best fit,
 * split, merge with free neighbours) is that of PyTorch's CUDACachingAllocator and of dlmalloc.
 *
 * <p>Rules.
 *
 * <ul>
 *   <li>Released memory may be lent again at once, also to another thread. A device that runs
 *       asynchronously must order the new use behind the old one (one queue, or release on
 *       completion).
 *   <li>Reserved bytes never exceed the limit, not even for a moment: room is made by freeing
 *       before the device is asked.
 *   <li>Unused regions that are too small for what is asked go back to the device before another is
 *       taken, where all would be much more than was ever lent at once.
 *   <li>Two locks, always taken in this order. {@code growth}: one thread at a time takes regions
 *       from the device or frees them; held for as long as the device needs. {@code lock}: chunks,
 *       pools, counters; held briefly, never while the device, the reclaimer or a label is called.
 *       So hits and releases never wait for a device.
 *   <li>No region is larger than the memory's largest; a request above that fails at once.
 *   <li>The reclaimer runs without either lock; the blocks it sets free arrive from other threads.
 *   <li>A block's label must not reach the tensor that owns the block: the allocator would keep it
 *       from being collected.
 *   <li>The allocator does not close the memory it was given, only frees what it took from it.
 * </ul>
 */
public final class CachingAllocator implements AutoCloseable {
  private static final long MIB = 1L << 20;

  /** The smallest distance of blocks: a cache line, and a vector of 512 bits. */
  private static final long MIN_ALIGNMENT = 64;

  /** Requests up to this share small regions, so that they do not pin large ones. */
  private static final long SMALL_REQUEST = MIB;

  private static final long SMALL_REGION = 2 * MIB;

  /** Requests below this share regions of twice its size; larger ones get a region each. */
  private static final long LARGE_REQUEST = 10 * MIB;

  private static final long MEDIUM_REGION = 20 * MIB;

  /** What a GPU's driver rounds to anyway; less where it would be more than 1/16 of the region. */
  private static final long LARGE_UNIT = 2 * MIB;

  /** What may be reserved beside the most that was lent at once, as a share of that. */
  private static final double SPARE_SHARE = 0.08;

  /** What may be reserved beside that: whoever lends little has a region of each size. */
  private static final long SPARE = SMALL_REGION + MEDIUM_REGION;

  /** How many blocks an out-of-memory message lists. */
  private static final int LISTED = 5;

  private final RawMemory memory;
  private final Region empty;
  private final long limit;
  private final long alignment;

  /** Of one region: a multiple of the alignment, unless there is no such limit. */
  private final long largest;

  private final Reclaimer reclaimer;

  private final ReentrantLock growth = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();

  private final FreeTree small = new FreeTree();
  private final FreeTree large = new FreeTree();
  private final List<Slab> slabs = new ArrayList<>();

  /** On their way back to the device, and still reserved. Guarded by {@code growth}. */
  private final List<Slab> leaving = new ArrayList<>();

  /** Written with both locks held, so that either suffices to read it. */
  private long reserved;

  private long peakReserved;
  private long requested;
  private long live;
  private long peakLive;

  /** The same since the allocator was made. */
  private long mostLive;

  private long liveBlocks;
  private long rawAllocations;
  private long cacheHits;
  private long traced;
  private volatile boolean closed;

  /**
   * Makes an allocator that has reserved nothing yet.
   *
   * @param memory where regions come from; stays the caller's to close
   * @param limitBytes the most to reserve, {@code Long.MAX_VALUE} for no limit
   * @param reclaimer called when memory has run out
   * @throws ArgumentException if the limit is negative or the memory's alignment no power of two
   */
  public CachingAllocator(RawMemory memory, long limitBytes, Reclaimer reclaimer) {
    if (memory == null || reclaimer == null) {
      throw new ArgumentException(
          "allocator: the memory or the reclaimer is null; pass Reclaimer.NONE for none");
    }
    if (limitBytes < 0) {
      throw new ArgumentException(
          "allocator: negative limit " + limitBytes + "; pass Long.MAX_VALUE for no limit");
    }
    if (Long.bitCount(memory.alignment()) != 1 || memory.alignment() < 0) {
      throw new ArgumentException(
          "allocator: the memory's alignment " + memory.alignment() + " is no power of two");
    }
    this.memory = memory;
    this.empty = memory.empty();
    this.limit = limitBytes;
    this.alignment = Math.max(MIN_ALIGNMENT, memory.alignment());
    this.largest =
        memory.largest() == Long.MAX_VALUE ? Long.MAX_VALUE : memory.largest() & -alignment;
    this.reclaimer = reclaimer;
  }

  /**
   * {@return a block with one reference, aligned to the memory's alignment and at least 64 bytes;
   * its contents are undefined} Out of memory, it trims the cache, then calls the reclaimer, and
   * tries again after each.
   *
   * @param bytes size, from 0 on; a block of 0 bytes takes no memory
   * @param label what it is for, as in {@code float32(128, 784) made at Foo.java:12}; only its
   *     {@code toString} is used, and only for a message
   * @throws ArgumentException if the size is negative or the label null
   * @throws DeviceMemoryException if the limit or the device leaves no room, or the device gives no
   *     region so large
   * @throws ClosedException after {@link #close}
   */
  public Block allocate(long bytes, Object label) {
    if (label == null) {
      throw new ArgumentException("allocate: the label is null; say what the block is for");
    }
    if (bytes < 0) {
      throw new ArgumentException(
          "allocate: negative size " + bytes + " for " + label + "; sizes are bytes, from 0 on");
    }
    if (bytes == 0) {
      return lendNothing(label);
    }
    long size = bytes <= Long.MAX_VALUE - alignment ? roundUp(bytes, alignment) : Long.MAX_VALUE;
    FreeTree pool = size <= SMALL_REQUEST ? small : large;
    Block block = lendCached(pool, size, bytes, label);
    if (block != null) {
      return block;
    }
    if (size > largest) {
      throw tooLarge(bytes, label);
    }
    // What the limit can never hold is not worth a garbage collection.
    if (size <= limit && size != Long.MAX_VALUE) {
      block = lendGrowing(pool, size, bytes, label);
      if (block == null) {
        reclaimer.reclaim();
        block = lendGrowing(pool, size, bytes, label);
      }
    }
    if (block == null) {
      throw outOfMemory(bytes, label);
    }
    return block;
  }

  /**
   * {@return a read-only block with one reference on memory of the host, or empty where the device
   * cannot compute on it} It counts among the blocks that are lent, and takes no memory.
   *
   * @param host of any size and alignment
   * @param label what it is for
   * @throws ClosedException after {@link #close}
   */
  public Optional<Block> view(MemorySegment host, Object label) {
    return memory.view(host).map(region -> lendApart("view", region, label, true));
  }

  /**
   * Takes memory from the device for requests to come, in regions as large as it gives. It is the
   * last to go back to the device.
   *
   * @param bytes how much, from 0 on
   * @throws ArgumentException if the size is negative
   * @throws DeviceMemoryException if the limit or the device leaves no room; nothing is kept then
   * @throws ClosedException after {@link #close}
   */
  public void reserve(long bytes) {
    if (bytes < 0) {
      throw new ArgumentException(
          "reserve: negative size " + bytes + "; sizes are bytes, from 0 on");
    }
    List<Block> taken = new ArrayList<>();
    boolean all = false;
    try {
      for (long rest = bytes; rest != 0; rest -= taken.getLast().bytes()) {
        Block block = allocate(Math.max(1, Math.min(rest, largest)), "what is preallocated");
        taken.add(block);
        Chunk chunk = block.chunk();
        if (chunk != null) {
          chunk.slab.isReserved = true;
        }
      }
      all = true;
    } finally {
      taken.forEach(Block::release);
      if (!all) {
        trim();
      }
    }
  }

  /**
   * Returns every region without a live block to the device.
   *
   * @return the bytes returned
   * @throws ClosedException after {@link #close}
   */
  public long trim() {
    growth.lock();
    try {
      requireOpen("trim");
      return trimRegions(_ -> true, Double.POSITIVE_INFINITY);
    } finally {
      growth.unlock();
    }
  }

  /**
   * {@return what is live, cached and reserved now; after {@link #close} the peaks and counts
   * remain}
   */
  public MemoryStatistics statistics() {
    lock.lock();
    try {
      return new MemoryStatistics(
          limit,
          requested,
          live,
          peakLive,
          reserved,
          peakReserved,
          Math.max(small.largest(), large.largest()),
          liveBlocks,
          small.count() + (long) large.count(),
          slabs.size(),
          rawAllocations,
          cacheHits);
    } finally {
      lock.unlock();
    }
  }

  /** Lets the peaks start again from what is live and reserved now. */
  public void resetPeaks() {
    lock.lock();
    try {
      peakLive = live;
      peakReserved = reserved;
    } finally {
      lock.unlock();
    }
  }

  /**
   * {@return the largest live blocks, largest first}
   *
   * @param count how many at the most
   */
  public List<Block> largestLive(int count) {
    if (count < 0) {
      throw new ArgumentException("largestLive: negative count " + count + "; pass 0 or more");
    }
    List<Block> blocks = new ArrayList<>();
    lock.lock();
    try {
      for (Slab slab : slabs) {
        for (Chunk chunk = slab.first; chunk != null; chunk = chunk.next) {
          if (chunk.block != null) {
            blocks.add(chunk.block);
          }
        }
      }
    } finally {
      lock.unlock();
    }
    blocks.sort(Comparator.comparingLong(Block::bytes).reversed());
    return List.copyOf(blocks.subList(0, Math.min(count, blocks.size())));
  }

  /**
   * Frees every region, those with live blocks too: they can be released but not used any more. A
   * second call does nothing, or tries again to free what the device failed to free.
   */
  @Override
  public void close() {
    growth.lock();
    try {
      lock.lock();
      try {
        closed = true;
        live = 0;
        requested = 0;
        liveBlocks = 0;
        small.clear();
        large.clear();
        leaving.addAll(slabs);
        slabs.clear();
      } finally {
        lock.unlock();
      }
      freeLeaving();
    } finally {
      growth.unlock();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Takes back a block whose last reference is gone. */
  void recycle(Block block) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      liveBlocks--;
      Chunk chunk = block.chunk();
      if (chunk == null) {
        return;
      }
      requested -= block.bytes();
      live -= chunk.size;
      trace(chunk, block.bytes(), false);
      chunk.block = null;
      FreeTree pool = chunk.slab.pool;
      Chunk next = chunk.next;
      if (next != null && next.block == null) {
        pool.remove(next);
        chunk.absorb(next);
      }
      Chunk previous = chunk.previous;
      if (previous != null && previous.block == null) {
        pool.remove(previous);
        previous.absorb(chunk);
        chunk = previous;
      }
      pool.add(chunk);
    } finally {
      lock.unlock();
    }
  }

  private Block lendNothing(Object label) {
    return lendApart("allocate", empty, label, false);
  }

  /** Lends a region in which nothing is the allocator's to give to others. */
  private Block lendApart(String op, Region region, Object label, boolean readOnly) {
    lock.lock();
    try {
      requireOpen(op);
      liveBlocks++;
      return new Block(this, region, region.bytes(), label, readOnly);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Block lendCached(FreeTree pool, long size, long bytes, Object label) {
    lock.lock();
    try {
      requireOpen("allocate");
      Chunk chunk = pool.bestFit(size);
      if (chunk == null) {
        return null;
      }
      pool.remove(chunk);
      cacheHits++;
      return lend(chunk, size, bytes, label);
    } finally {
      lock.unlock();
    }
  }

  /** With the device's help: a new region, after a trim if need be. */
  private @Nullable Block lendGrowing(FreeTree pool, long size, long bytes, Object label) {
    growth.lock();
    try {
      // Another thread may have brought memory while this one waited.
      Block block = lendCached(pool, size, bytes, label);
      if (block == null) {
        stayNear(size);
        block = lendNew(pool, size, bytes, label);
      }
      if (block == null && trimRegions(slab -> !slab.isReserved, Double.POSITIVE_INFINITY) > 0) {
        block = lendNew(pool, size, bytes, label);
      }
      // Pressed for room, any piece will do; and some may have been released meanwhile.
      if (block == null) {
        block = lendCached(pool, size, bytes, label);
      }
      if (block == null) {
        block = lendCached(pool == small ? large : small, size, bytes, label);
      }
      if (block == null && trimRegions(_ -> true, Double.POSITIVE_INFINITY) > 0) {
        block = lendNew(pool, size, bytes, label);
      }
      return block;
    } finally {
      growth.unlock();
    }
  }

  /**
   * Returns unused regions that are too small for a request where, with one more region for it, far
   * more would be reserved than was ever lent at once: the new one will do for what they were for.
   * None goes back for a smaller one, so whoever lends the same again and again comes to an end.
   */
  private void stayNear(long size) {
    long more = Math.min(regionSize(size), largest);
    double excess;
    lock.lock();
    try {
      double needed = Math.max((double) mostLive, live + (double) size);
      excess = reserved + (double) more - needed * (1 + SPARE_SHARE) - SPARE;
    } finally {
      lock.unlock();
    }
    if (excess <= 0) {
      return;
    }
    try {
      trimRegions(slab -> !slab.isReserved && slab.bytes < size, excess);
    } catch (RuntimeException e) {
      // There may be room all the same. What was not freed is tried again when memory is short.
    }
  }

  /** From a region of its class's size or, where that is refused, one of just its own size. */
  private @Nullable Block lendNew(FreeTree pool, long size, long bytes, Object label) {
    long preferred = Math.min(regionSize(size), largest);
    Slab slab = takeRegion(preferred, pool);
    if (slab == null && preferred != size) {
      slab = takeRegion(size, pool);
    }
    if (slab == null) {
      return null;
    }
    lock.lock();
    try {
      slabs.add(slab);
      reserved += slab.bytes;
      peakReserved = Math.max(peakReserved, reserved);
      rawAllocations++;
      return lend(slab.first, size, bytes, label);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Slab takeRegion(long bytes, FreeTree pool) {
    if (bytes > limit - reserved) {
      return null;
    }
    Span span = Spans.region("allocate", bytes);
    Region region;
    try {
      region = memory.allocate(bytes);
    } finally {
      Spans.end(span);
    }
    return region == null ? null : new Slab(region, bytes, rawAllocations, pool);
  }

  private long regionSize(long size) {
    if (size <= SMALL_REQUEST) {
      return roundUp(SMALL_REGION, alignment);
    }
    if (size < LARGE_REQUEST) {
      return roundUp(MEDIUM_REGION, alignment);
    }
    long unit = Math.max(Math.min(LARGE_UNIT, Long.highestOneBit(size) >> 4), alignment);
    return size <= Long.MAX_VALUE - unit ? roundUp(size, unit) : size;
  }

  /** Lends the front of a chunk that is in no tree; the rest becomes free. */
  private Block lend(Chunk chunk, long size, long bytes, Object label) {
    if (chunk.size > size) {
      chunk.slab.pool.add(chunk.split(size));
    }
    Block block = new Block(this, chunk, bytes, label);
    chunk.block = block;
    liveBlocks++;
    requested += bytes;
    live += size;
    peakLive = Math.max(peakLive, live);
    mostLive = Math.max(mostLive, live);
    trace(chunk, bytes, true);
    return block;
  }

  /** For a trace that can be run again; a place has one block at a time. */
  private void trace(Chunk chunk, long bytes, boolean isLent) {
    if (Spans.recordsBlocks()) {
      int self = System.identityHashCode(this);
      Spans.block(self, traced++, chunk.slab.serial, chunk.offset, bytes, isLent);
    }
  }

  /**
   * Returns regions without a live block to the device, largest first; the growth lock is held.
   *
   * @param which of them may be returned
   * @param enough bytes, after which no more are returned
   */
  private long trimRegions(Predicate<Slab> which, double enough) {
    lock.lock();
    try {
      List<Slab> unused = new ArrayList<>();
      for (Slab slab : slabs) {
        if (slab.isFree() && which.test(slab)) {
          unused.add(slab);
        }
      }
      unused.sort(Comparator.comparingLong((Slab slab) -> slab.bytes).reversed());
      double rest = enough;
      for (Slab slab : unused) {
        if (rest <= 0) {
          break;
        }
        slab.pool.remove(slab.first);
        leaving.add(slab);
        rest -= slab.bytes;
      }
      slabs.removeAll(leaving);
    } finally {
      lock.unlock();
    }
    return freeLeaving();
  }

  /** What the device fails to free stays reserved, is not lent again, and is tried again later. */
  private long freeLeaving() {
    long freed = 0;
    RuntimeException failure = null;
    for (Iterator<Slab> each = leaving.iterator(); each.hasNext(); ) {
      Slab slab = each.next();
      Span span = Spans.region("free", slab.bytes);
      try {
        memory.free(slab.region);
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
        continue;
      } finally {
        Spans.end(span);
      }
      each.remove();
      freed += slab.bytes;
      lock.lock();
      try {
        reserved -= slab.bytes;
      } finally {
        lock.unlock();
      }
    }
    if (failure != null) {
      throw failure;
    }
    return freed;
  }

  private DeviceMemoryException outOfMemory(long bytes, Object label) {
    MemoryStatistics now = statistics();
    StringBuilder message = new StringBuilder("out of device memory: ");
    message.append(MemoryStatistics.print(bytes)).append(" requested for ").append(label);
    message.append("; ").append(now);
    List<Block> largest = largestLive(LISTED);
    if (!largest.isEmpty()) {
      message.append("\nlargest live blocks:");
      largest.forEach(block -> message.append("\n  ").append(block));
    }
    message.append("\nnext step: ").append(nextStep(bytes, now));
    return new DeviceMemoryException(message.toString());
  }

  private DeviceMemoryException tooLarge(long bytes, Object label) {
    return new DeviceMemoryException(
        "out of device memory: %s requested for %s; one allocation of this device has at most %s\n"
                .formatted(MemoryStatistics.print(bytes), label, MemoryStatistics.print(largest))
            + "next step: split the tensor, or compute in smaller batches");
  }

  private static String nextStep(long bytes, MemoryStatistics now) {
    if (bytes > now.limitBytes()) {
      return "raise the limit, or compute in smaller batches; the request alone exceeds the limit";
    }
    String general = "close tensors that are no longer used (a scope does), or use smaller batches";
    return now.limitBytes() == Long.MAX_VALUE ? general : general + ", or raise the limit";
  }

  private void requireOpen(String op) {
    if (closed) {
      throw new ClosedException(op + ": the device's memory was closed; open the device again");
    }
  }

  private static long roundUp(long bytes, long unit) {
    return (bytes + unit - 1) & -unit;
  }
}
