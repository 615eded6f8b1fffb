package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs enter, a close waits for them. */
class GateTest {
  private final Gate gate = new Gate("device:3");
  private final AtomicInteger closings = new AtomicInteger();

  @Test
  void whoComesLaterIsRefused() {
    gate.enter();
    gate.enter();
    gate.leave();
    gate.leave();
    assertFalse(gate.isClosed());
    gate.close(closings::incrementAndGet);
    gate.close(closings::incrementAndGet);
    assertEquals(1, closings.get());
    assertTrue(gate.isClosed());
    ClosedException error = assertThrows(ClosedException.class, gate::enter);
    assertEquals("device:3: the device was closed; open it again", error.getMessage());
    gate.close(closings::incrementAndGet);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aRunCannotCloseWhatItRunsOn() {
    gate.enter();
    DeviceException error =
        assertThrows(DeviceException.class, () -> gate.close(closings::incrementAndGet));
    assertEquals(
        "device:3: closed by one of its own runs; close it after the run", error.getMessage());
    gate.leave();
    assertEquals(0, closings.get());
    assertFalse(gate.isClosed());
  }

  @Test
  void closingWaitsForThoseInside() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    gate.enter();
    Thread closer =
        Thread.ofPlatform()
            .start(() -> {
              gate.close(closings::incrementAndGet);
              closed.countDown();
            });
    assertFalse(closed.await(50, TimeUnit.MILLISECONDS));
    assertEquals(0, closings.get());
    gate.leave();
    closer.join();
    assertEquals(1, closings.get());
  }
}
