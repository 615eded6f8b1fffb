package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.MappedPages;
import org.jspecify.annotations.Nullable;

/**
 * Host memory outside the Java heap. Every region has a shared arena of its own, so that freeing it
 * really returns the memory, and a segment that is used afterwards throws instead of crashing.
 *
 * <p>Rules. The JDK zeroes what it allocates, so a region costs its pages at once (about 1 ms for 4
 * MiB, and in {@link HugePages} likewise); closing a shared arena interrupts all threads for a
 * moment. Both are why {@code CachingAllocator} stands in front. The JDK's own limit on direct
 * memory does not apply, and the operating system may promise more than it has: give the allocator
 * a limit below the machine's memory.
 */
public final class CpuMemory implements RawMemory {
  private static final long ALIGNMENT = 64;

  /** Regions from here on lie in huge pages, where there are any. */
  private static final long LARGE = 2 * HugePages.PAGE;

  private @Nullable HugePages pages;
  private boolean soughtPages;

  private final Set<HostRegion> allocated = new HashSet<>();
  private final HostRegion empty = new HostRegion(this, Arena.global(), MemorySegment.NULL);
  private boolean closed;

  /** Makes a memory that has allocated nothing yet. */
  public CpuMemory() {}

  /** A region in host memory. */
  public static final class HostRegion implements Region {
    private final CpuMemory owner;
    private final Arena arena;
    private final MemorySegment segment;

    private HostRegion(CpuMemory owner, Arena arena, MemorySegment segment) {
      this.owner = owner;
      this.arena = arena;
      this.segment = segment;
    }

    /**
     * {@return the memory itself, of {@link #bytes} bytes and aligned to 64; after the region was
     * freed every access throws IllegalStateException}
     */
    public MemorySegment segment() {
      return segment;
    }

    /**
     * {@return whether the memory is somebody else's: of any alignment, read-only, and perhaps of a
     * mapped file, so that it is looked at as {@link MappedPages} says}
     */
    boolean isForeign() {
      return segment.isReadOnly();
    }

    @Override
    public long bytes() {
      return segment.byteSize();
    }
  }

  @Override
  public Optional<Region> view(MemorySegment memory) {
    return Optional.of(new HostRegion(this, Arena.global(), memory.asReadOnly()));
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // free closes the arena
  public synchronized @Nullable HostRegion allocate(long bytes) {
    if (bytes <= 0 || bytes % ALIGNMENT != 0) {
      throw new ArgumentException(
          "cpu memory: size " + bytes + " is no positive multiple of " + ALIGNMENT);
    }
    if (closed) {
      throw new ClosedException("cpu memory: allocate after close; open the device again");
    }
    Arena arena = Arena.ofShared();
    HostRegion region = null;
    try {
      MemorySegment segment = allocate(bytes, arena);
      region = segment == null ? null : new HostRegion(this, arena, segment);
    } catch (OutOfMemoryError e) {
      // What the JDK makes of a malloc that returns null, and of sizes that overflow.
    } finally {
      if (region == null) {
        arena.close();
      } else {
        allocated.add(region);
      }
    }
    return region;
  }

  private @Nullable MemorySegment allocate(long bytes, Arena arena) {
    if (bytes >= LARGE && !soughtPages) {
      soughtPages = true;
      pages = HugePages.find();
    }
    HugePages huge = pages;
    return bytes >= LARGE && huge != null
        ? huge.allocate(bytes, arena)
        : arena.allocate(bytes, ALIGNMENT);
  }

  @Override
  public HostRegion empty() {
    return empty;
  }

  @Override
  public synchronized void free(Region region) {
    HostRegion host = own(region);
    if (!allocated.remove(host)) {
      throw new DeviceException(
          "cpu memory: free of a region that is not allocated: " + describe(host));
    }
    try {
      host.arena.close();
    } catch (IllegalStateException e) {
      allocated.add(host);
      throw new DeviceException(
          "cpu memory: free of a region that a native call is using: " + describe(host), e);
    }
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    long bytes = source.byteSize();
    MemorySegment.copy(source, 0, segment("write", region, offset, bytes), offset, bytes);
  }

  @Override
  public void fill(Region region, long offset, long bytes, Consumer<MemorySegment> filler) {
    filler.accept(segment("fill", region, offset, bytes).asSlice(offset, bytes));
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    long bytes = target.byteSize();
    MemorySegment source = segment("read", region, offset, bytes);
    MappedPages.reading(() -> {
      MemorySegment.copy(source, offset, target, 0, bytes);
      return target;
    });
  }

  @Override
  public long alignment() {
    return ALIGNMENT;
  }

  @Override
  public synchronized void close() {
    closed = true;
    DeviceException failure = null;
    for (HostRegion region : List.copyOf(allocated)) {
      try {
        free(region);
      } catch (DeviceException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private MemorySegment segment(String op, Region region, long offset, long bytes) {
    HostRegion host = own(region);
    if (!host.segment.scope().isAlive()) {
      throw new ClosedException("cpu memory: " + op + " of a freed region of " + describe(host));
    }
    if (offset < 0 || offset > host.bytes() - bytes) {
      throw new ArgumentException(
          "cpu memory: "
              + op
              + " of "
              + bytes
              + " bytes at offset "
              + offset
              + " leaves the region of "
              + describe(host));
    }
    return host.segment;
  }

  private HostRegion own(Region region) {
    if (region instanceof HostRegion host && host.owner == this) {
      return host;
    }
    throw new DeviceException(
        "cpu memory: the region belongs to another memory; copy through the host");
  }

  private static String describe(HostRegion region) {
    return region.bytes() + " bytes";
  }
}
