package org.cotangent.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * A device's own memory calls, slow and few: {@link CachingAllocator} takes whole regions from it
 * and hands out pieces. Allocations and frees come from one thread at a time; reads and writes of
 * different bytes may come from any.
 */
public interface RawMemory extends AutoCloseable {
  /**
   * {@return a fresh region whose first byte is aligned to {@link #alignment}, or null where the
   * device refuses; its contents are undefined}
   *
   * @param bytes size, a positive multiple of {@link #alignment}; more than 2 GiB is allowed
   * @throws DeviceException if the device fails otherwise than by lack of memory
   * @throws ClosedException after {@link #close}
   */
  @Nullable Region allocate(long bytes);

  /**
   * {@return the region of 0 bytes, always the same; it owns nothing and is never freed} A block of
   * 0 bytes lies in it, so that a kernel meets its own kind of region whatever the size.
   */
  Region empty();

  /**
   * Gives a region back. Returns when the device no longer uses it; work that was enqueued before
   * still finds it.
   *
   * @param region from {@link #allocate}, not freed before
   * @throws DeviceException if the device fails or the region is not this memory's own
   */
  void free(Region region);

  /**
   * Copies from the host into a region.
   *
   * @param region target, from {@link #allocate}
   * @param offset of the first byte written
   * @param source the bytes, all of them
   * @throws ArgumentException if the bytes do not lie inside the region
   * @throws DeviceException if the device fails or the region is not this memory's own
   * @throws ClosedException if the region was freed
   */
  void write(Region region, long offset, MemorySegment source);

  /**
   * Lets the host fill a part of a region. Where the region is the host's own memory it is filled
   * in place; else, as here, memory beside it, which is then written.
   *
   * @param region target, from {@link #allocate}
   * @param offset of the first byte written
   * @param bytes how many
   * @param filler writes all of the memory that it is given, in this thread, and does not keep it;
   *     if it throws, the part's contents are undefined
   * @throws ArgumentException if the bytes do not lie inside the region
   * @throws DeviceException if the device fails or the region is not this memory's own
   * @throws DeviceMemoryException if there is no memory beside it
   * @throws ClosedException if the region was freed
   */
  default void fill(Region region, long offset, long bytes, Consumer<MemorySegment> filler) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment beside;
      try {
        beside = arena.allocate(bytes, Long.BYTES);
      } catch (OutOfMemoryError e) {
        throw new DeviceMemoryException(
            "fill: the host has no "
                + bytes
                + " bytes beside the device's memory; raise -XX:MaxDirectMemorySize");
      }
      filler.accept(beside);
      write(region, offset, beside);
    }
  }

  /**
   * Copies from a region to the host. Returns when the bytes are there.
   *
   * @param region source, from {@link #allocate}
   * @param offset of the first byte read
   * @param target where the bytes go; filled entirely
   * @throws ArgumentException if the bytes do not lie inside the region
   * @throws DeviceException if the device fails or the region is not this memory's own
   * @throws ClosedException if the region was freed
   */
  void read(Region region, long offset, MemorySegment target);

  /**
   * {@return a region that is memory of the host, or empty where the device cannot compute on it}
   * It is read and never written, costs the device nothing, and is not given to {@link #free}.
   *
   * @param memory of any size and alignment, also on the heap or of a mapped file; reachable as
   *     long as the region is
   */
  default Optional<Region> view(MemorySegment memory) {
    return Optional.empty();
  }

  /** {@return what regions are aligned to and sizes are multiples of, in bytes; a power of two} */
  long alignment();

  /** {@return bytes of the largest region the device gives, whatever is free} */
  default long largest() {
    return Long.MAX_VALUE;
  }

  /** Frees what is still allocated. A second call does nothing. */
  @Override
  void close();
}
