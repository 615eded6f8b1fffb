package org.cotangent.testing;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.error.DeviceException;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * A device's memory for tests: of any capacity, with no bytes behind it or with bytes on the Java
 * heap, counting its calls and failing where it is told to. Whoever breaks the contract of {@link
 * RawMemory} gets an AssertionError.
 */
@NullMarked
public final class SimulatedMemory implements RawMemory {
  /** What can be counted and made to fail. */
  public enum Call {
    /** {@link RawMemory#allocate}. */
    ALLOCATE,
    /** {@link RawMemory#free}. */
    FREE,
    /** {@link RawMemory#write}. */
    WRITE,
    /** {@link RawMemory#read}. */
    READ
  }

  private static final class Simulated implements Region {
    private final long bytes;
    private final byte @Nullable [] contents;

    Simulated(long bytes, boolean withContents) {
      this.bytes = bytes;
      this.contents = withContents ? new byte[Math.toIntExact(bytes)] : null;
    }

    @Override
    public long bytes() {
      return bytes;
    }
  }

  private final long capacity;
  private final long alignment;
  private final long largest;
  private final boolean withContents;
  private final Region empty;
  private final Set<Region> allocated = new HashSet<>();
  private final Map<Call, Long> calls = new EnumMap<>(Call.class);
  private final Map<Call, Long> failing = new EnumMap<>(Call.class);
  private long refused = -1;
  private long used;
  private long peak;
  private boolean closed;

  private SimulatedMemory(long capacity, long alignment, long largest, boolean withContents) {
    this.capacity = capacity;
    this.alignment = alignment;
    this.largest = largest;
    this.withContents = withContents;
    this.empty = new Simulated(0, withContents);
  }

  /**
   * {@return a memory that has only sizes: writes go nowhere, reads give zeros}
   *
   * @param capacity in bytes; beyond it allocations are refused
   */
  public static SimulatedMemory ofCapacity(long capacity) {
    return new SimulatedMemory(capacity, 64, Long.MAX_VALUE, false);
  }

  /**
   * {@return a memory that keeps its bytes on the Java heap, so regions stay below 2 GiB}
   *
   * @param capacity in bytes; beyond it allocations are refused
   */
  public static SimulatedMemory withContents(long capacity) {
    return new SimulatedMemory(capacity, 64, Long.MAX_VALUE, true);
  }

  /**
   * {@return the same memory, still unused, with another alignment}
   *
   * @param bytes the alignment
   */
  public SimulatedMemory aligned(long bytes) {
    return new SimulatedMemory(capacity, bytes, largest, withContents);
  }

  /**
   * {@return the same memory, still unused, with a largest region}
   *
   * @param bytes its size; whoever asks for more breaks the contract
   */
  public SimulatedMemory upTo(long bytes) {
    return new SimulatedMemory(capacity, alignment, bytes, withContents);
  }

  /**
   * Refuses an allocation, as a device without room does.
   *
   * @param n which one from now on, the next is 1
   */
  public synchronized void refuse(long n) {
    refused = calls(Call.ALLOCATE) + n;
  }

  /**
   * Makes a call throw {@link DeviceException}, as a device that fails does.
   *
   * @param call which kind
   * @param n which one from now on, the next is 1
   */
  public synchronized void fail(Call call, long n) {
    failing.put(call, calls(call) + n);
  }

  /**
   * {@return how many calls there have been, those that failed included}
   *
   * @param call which kind
   */
  public synchronized long calls(Call call) {
    return calls.getOrDefault(call, 0L);
  }

  /** {@return the bytes now allocated} */
  public synchronized long used() {
    return used;
  }

  /** {@return the most bytes that were ever allocated} */
  public synchronized long peak() {
    return peak;
  }

  /** {@return the regions now allocated} */
  public synchronized int regions() {
    return allocated.size();
  }

  /** {@return whether it was closed} */
  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized @Nullable Region allocate(long bytes) {
    count(Call.ALLOCATE);
    require(!closed, "allocate after close");
    require(bytes > 0 && bytes % alignment == 0, "allocate of " + bytes + " bytes");
    require(bytes <= largest, "allocate of " + bytes + " bytes, more than " + largest);
    if (calls(Call.ALLOCATE) == refused || bytes > capacity - used) {
      return null;
    }
    Region region = new Simulated(bytes, withContents);
    allocated.add(region);
    used += bytes;
    peak = Math.max(peak, used);
    return region;
  }

  @Override
  public Region empty() {
    return empty;
  }

  @Override
  public synchronized void free(Region region) {
    count(Call.FREE);
    require(allocated.remove(region), "free of a region that is not allocated");
    used -= region.bytes();
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    count(Call.WRITE);
    byte[] contents = contents(region, offset, source.byteSize());
    if (contents != null) {
      MemorySegment.ofArray(contents).asSlice(offset).copyFrom(source);
    }
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    count(Call.READ);
    byte[] contents = contents(region, offset, target.byteSize());
    if (contents == null) {
      target.fill((byte) 0);
    } else {
      target.copyFrom(MemorySegment.ofArray(contents).asSlice(offset, target.byteSize()));
    }
  }

  @Override
  public long alignment() {
    return alignment;
  }

  @Override
  public long largest() {
    return largest;
  }

  @Override
  public synchronized void close() {
    closed = true;
    allocated.clear();
    used = 0;
  }

  private synchronized void count(Call call) {
    calls.merge(call, 1L, Long::sum);
    Long chosen = failing.get(call);
    if (chosen != null && calls(call) == chosen) {
      throw new DeviceException("simulated memory: " + call + " number " + chosen + " fails");
    }
  }

  private synchronized byte @Nullable [] contents(Region region, long offset, long bytes) {
    require(region.equals(empty) || allocated.contains(region), "access to a freed region");
    require(offset >= 0 && offset <= region.bytes() - bytes, "access outside the region");
    return region instanceof Simulated simulated ? simulated.contents : null;
  }

  private static void require(boolean kept, String breach) {
    if (!kept) {
      throw new AssertionError("simulated memory: " + breach);
    }
  }
}
