package org.cotangent.backend;

import java.util.Locale;

/**
 * What a {@link CachingAllocator} holds, all numbers of one instant. Sizes are in bytes. Every
 * allocation of more than 0 bytes is either a cache hit or one raw allocation.
 *
 * @param limitBytes what {@code reservedBytes} never exceeds; {@code Long.MAX_VALUE} for no limit
 * @param requestedBytes what the live blocks were asked for
 * @param liveBytes what they occupy: each request rounded up to the alignment
 * @param peakLiveBytes the most that was live since the start or the last reset
 * @param reservedBytes what the device has given, live or cached
 * @param peakReservedBytes the most that was reserved since the start or the last reset
 * @param largestFreeBytes the largest cached piece
 * @param liveBlocks blocks not yet released, those of 0 bytes included
 * @param freeBlocks cached pieces; equal to {@code regions} when nothing is live
 * @param regions pieces of raw memory
 * @param rawAllocations regions ever taken from the device
 * @param cacheHits allocations served without the device
 */
public record MemoryStatistics(
    long limitBytes,
    long requestedBytes,
    long liveBytes,
    long peakLiveBytes,
    long reservedBytes,
    long peakReservedBytes,
    long largestFreeBytes,
    long liveBlocks,
    long freeBlocks,
    long regions,
    long rawAllocations,
    long cacheHits) {

  /** {@return live, reserved, free and limit in a line, as errors and reports print them} */
  @Override
  public String toString() {
    return "live "
        + print(liveBytes)
        + " in "
        + liveBlocks
        + (liveBlocks == 1 ? " block" : " blocks")
        + ", reserved "
        + print(reservedBytes)
        + ", largest free piece "
        + print(largestFreeBytes)
        + ", limit "
        + (limitBytes == Long.MAX_VALUE ? "none" : print(limitBytes));
  }

  /** A size exactly and, from 1 KiB on, as people read it. */
  static String print(long bytes) {
    if (bytes < 1024) {
      return bytes + (bytes == 1 ? " byte" : " bytes");
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double scaled = bytes / (double) (1L << (10 * unit));
    return String.format(
        Locale.ROOT, "%d bytes (%.1f %ciB)", bytes, scaled, "KMGTPE".charAt(unit - 1));
  }
}
