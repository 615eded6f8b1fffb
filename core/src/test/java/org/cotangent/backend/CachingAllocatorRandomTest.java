package org.cotangent.backend;

import org.cotangent.cpu.CpuMemory;
import org.cotangent.testing.RandomAllocations;
import org.cotangent.testing.SimulatedMemory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A million random operations on memories of several kinds, a hundred thousand by each seed,
 * against a model.
 */
class CachingAllocatorRandomTest {
  private static final long CAPACITY = 1000L << 20;

  @ParameterizedTest
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  @CsvSource({
    // memory, alignment, limit in KiB, largest request in KiB, largest region in KiB, seed
    "cpu,         64,  12345,   1500,      0, 1",
    "cpu,         64,   4096,    400,      0, 2",
    "contents,    64,   3333,    400,      0, 3",
    "sizes,       64, 262144,  32768,      0, 4",
    "sizes,      128,  65536,  11000,      0, 5",
    "sizes,     4096,   2047,   2047,      0, 6",
    "sizes,       64,      0,  32768,      0, 7",
    "sizes,       64,  65536,  11000,   9000, 8",
    "contents,    64,   3333,    400,    300, 9",
    "sizes,      512, 131072,  20481,      0, 10",
  })
  void matchesTheModel(
      String kind, long alignment, long limit, long largest, long region, long seed) {
    RawMemory memory =
        switch (kind) {
          case "cpu" -> new CpuMemory();
          case "contents" -> SimulatedMemory.withContents(CAPACITY).upTo(bytes(region));
          default -> SimulatedMemory.ofCapacity(CAPACITY).aligned(alignment).upTo(bytes(region));
        };
    boolean contents = !kind.equals("sizes");
    new RandomAllocations(bytes(limit), CAPACITY, largest * 1024, 100_000, contents, seed)
        .check(memory);
  }

  private static long bytes(long kib) {
    return kib == 0 ? Long.MAX_VALUE : kib * 1024;
  }
}
