package org.cotangent;

import java.util.List;
import java.util.stream.Collectors;
import org.cotangent.backend.MemoryStatistics;

/**
 * What a device's memory is used for, to be printed: what is live and by whom, and what caches
 * hold.
 *
 * @param statistics live, reserved, peaks and limit
 * @param largest the largest live blocks, largest first
 * @param programs how many programs of ops the device keeps, which eager calls made
 */
public record MemoryReport(MemoryStatistics statistics, List<Use> largest, int programs) {
  /**
   * A live piece of memory.
   *
   * @param bytes its size
   * @param what it is for, as in {@code float32(128, 784) made by matmul}
   * @param place the line that made it, as in {@code Digits.java:42}, of the first of the open
   *     tensors in it; empty where it was not looked for, which it is for tensors outside of scopes
   *     and for those of at least 1 MiB: for the first thousand always, then for one in 64
   * @param tensors how many open tensors lie in it: one and its views; none if it is a program's
   */
  public record Use(long bytes, String what, String place, int tensors) {
    /** {@return all in a line} */
    @Override
    public String toString() {
      return bytes
          + " bytes: "
          + what
          + (place.isEmpty() ? "" : " at " + place)
          + (tensors < 2 ? "" : ", " + tensors + " tensors");
    }
  }

  /** Copies the list. */
  public MemoryReport {
    largest = List.copyOf(largest);
  }

  /** {@return the bytes that the device has given and nobody uses: what the cache lends next} */
  public long cachedBytes() {
    return statistics.reservedBytes() - statistics.liveBytes();
  }

  /** {@return the report as lines of text} */
  @Override
  public String toString() {
    return "memory: %s\npeak: live %d bytes, reserved %d\ncached: %d bytes in %d pieces; programs of ops: %d"
            .formatted(
                statistics,
                statistics.peakLiveBytes(),
                statistics.peakReservedBytes(),
                cachedBytes(),
                statistics.freeBlocks(),
                programs)
        + largest.stream().map(use -> "\n  " + use).collect(Collectors.joining());
  }
}
