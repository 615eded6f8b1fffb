package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.OS;

/** A call that sets a handler stands for a driver that does. */
class SignalHandlersTest {
  private static final int SIGHUP = 1;

  /** Of a process in the background that writes to its terminal. */
  private static final int SIGTTOU = 22;

  private final Arena arena = Arena.ofAuto();

  /** Sets the handler of another signal. */
  private void replace() {
    SignalHandlers.set(SIGTTOU, SignalHandlers.handlers(arena).get(SIGHUP), MemorySegment.NULL);
  }

  private List<Integer> changed(List<MemorySegment> before) {
    return SignalHandlers.changed(before, SignalHandlers.handlers(arena));
  }

  @Test
  void whatACallReplacesIsPutBack() {
    List<MemorySegment> before = SignalHandlers.handlers(arena);
    List<Integer> inside =
        SignalHandlers.kept(() -> {
          replace();
          return changed(before);
        });
    // Windows has no such handlers, and nothing to keep.
    List<Integer> replaced = OS.WINDOWS.isCurrentOs() ? List.of() : List.of(SIGTTOU);
    assertEquals(replaced, inside, "no handler was replaced");
    assertEquals(List.of(), changed(before));
  }

  @Test
  void whatAnotherCallHasReplacedIsNotKept() throws Exception {
    List<MemorySegment> before = SignalHandlers.handlers(arena);
    CountDownLatch replaced = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    FutureTask<Boolean> second =
        new FutureTask<>(() -> {
          replaced.await();
          return SignalHandlers.kept(() -> {
            entered.countDown();
            return awaited(left);
          });
        });
    Thread.ofPlatform().start(second);
    boolean overlapped =
        SignalHandlers.kept(() -> {
          replace();
          replaced.countDown();
          return awaited(entered);
        });
    left.countDown();
    assertTrue(overlapped && second.get(), "the calls did not overlap");
    assertEquals(List.of(), changed(before));
  }

  @Test
  void aCallThatThrowsLeavesNoThread() {
    assertEquals(
        "no",
        assertThrows(
                IllegalStateException.class,
                () ->
                    SignalHandlers.kept(() -> {
                      throw new IllegalStateException("no");
                    }))
            .getMessage());
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().equals("cotangent-signal-handlers")));
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
