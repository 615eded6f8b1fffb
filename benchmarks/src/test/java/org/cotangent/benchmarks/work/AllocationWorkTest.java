package org.cotangent.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.cotangent.benchmarks.work.AllocationWork.Memory;
import org.cotangent.benchmarks.work.AllocationWork.Program;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AllocationWorkTest {
  private static final long WEIGHTS = (784 * 512 + 512 + 512 * 256 + 256 + 256 * 10 + 10) * 4L;

  /** Each run takes what it needs from memory that is there already, and gives it back. */
  @ParameterizedTest
  @EnumSource
  void replaysTakeNothingFromTheDevice(Program program) {
    try (AllocationWork work = AllocationWork.open("cpu", program)) {
      work.run();
      Memory before = work.memory();
      for (int i = 0; i < 10; i++) {
        work.run();
      }
      Memory after = work.memory();
      assertEquals(before.rawAllocations(), after.rawAllocations());
      assertEquals(before.liveBytes(), after.liveBytes());
      assertEquals(before.peakLiveBytes(), after.peakLiveBytes());
      // A run needs memory between its kernels, and most for a result.
      long needed = program == Program.INTO ? 10 : 20;
      assertTrue(after.cacheHits() >= before.cacheHits() + needed, after::toString);
      assertTrue(after.liveBytes() <= after.peakLiveBytes(), after::toString);
      if (program == Program.STEP) {
        assertTrue(after.liveBytes() >= WEIGHTS, after::toString);
      }
    }
  }

  @Test
  void unknownDeviceIsRefused() {
    assertThrows(DeviceException.class, () -> AllocationWork.open("nowhere", Program.STEP));
  }
}
