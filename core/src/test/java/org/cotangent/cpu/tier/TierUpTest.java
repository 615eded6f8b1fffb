package org.cotangent.cpu.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TierUpTest {
  /** Forms of which it is known what they take. */
  private static final class Timed implements Candidate, Trial {
    private final long present;
    private final long faster;
    private final CountDownLatch decided = new CountDownLatch(1);
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean used;

    /** With the nanoseconds that an element takes. */
    Timed(long present, long faster) {
      this.present = present;
      this.faster = faster;
    }

    @Override
    public Optional<Trial> trial() {
      open.incrementAndGet();
      return Optional.of(this);
    }

    @Override
    public void stays() {
      decided.countDown();
    }

    @Override
    public int few() {
      return 1;
    }

    @Override
    public void present(int elements) {
      take(present * elements);
    }

    @Override
    public void faster(int elements) {
      runs.incrementAndGet();
      take(faster * elements);
    }

    private static void take(long nanos) {
      long end = System.nanoTime() + nanos;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }

    @Override
    public void use() {
      used = true;
      decided.countDown();
    }

    @Override
    public void close() {
      open.decrementAndGet();
    }

    /** Asks until it is decided, as what runs does. */
    void ask(TierUp tierUp) throws InterruptedException {
      do {
        tierUp.request(this);
      } while (!decided.await(1, TimeUnit.MILLISECONDS));
    }
  }

  @Test
  void whatIsFasterIsUsed() throws InterruptedException {
    Timed candidate = new Timed(1000, 100);
    try (TierUp tierUp = new TierUp()) {
      candidate.ask(tierUp);
    }
    assertTrue(candidate.used);
    assertEquals(0, candidate.open.get());
  }

  @Test
  void whatIsNotFasterStays() throws InterruptedException {
    Timed slower = new Timed(100, 1000);
    Timed equal = new Timed(300, 300);
    Timed faster = new Timed(1000, 100);
    try (TierUp tierUp = new TierUp(200_000_000, Long.MAX_VALUE)) {
      slower.ask(tierUp);
      equal.ask(tierUp);
      faster.ask(tierUp);
    }
    assertFalse(slower.used);
    assertFalse(equal.used);
    assertTrue(faster.used);
    assertEquals(0, slower.open.get() + equal.open.get() + faster.open.get());
  }

  /** What asked once, and no more, waits for what asks on, though it came first. */
  @Test
  void itIsTheTurnOfWhatAsksMost() throws InterruptedException {
    Timed once = new Timed(100, 1000);
    Timed often = new Timed(1000, 100);
    try (TierUp tierUp = new TierUp()) {
      tierUp.request(once);
      often.ask(tierUp);
      assertTrue(once.runs.get() <= 1000, once.runs + " runs of what asked once");
    }
    assertEquals(0, once.open.get());
  }

  @Test
  void turnsAreInProportionToRequests() throws InterruptedException {
    // A look takes longer than the pause between requests.
    Timed rare = new Timed(1, 10_000);
    Timed often = new Timed(1, 10_000);
    try (TierUp tierUp = new TierUp()) {
      while (Math.max(rare.runs.get(), often.runs.get()) < 1000) {
        tierUp.request(rare);
        for (int i = 0; i < 10; i++) {
          tierUp.request(often);
        }
        Thread.sleep(1);
      }
    }
    assertTrue(2 * rare.runs.get() < often.runs.get(), rare.runs + " against " + often.runs);
  }

  /** What asks no more gives its memory back, though others keep the thread busy. */
  @Test
  void whatAsksNoMoreIsForgotten() throws InterruptedException {
    Timed once = new Timed(1, 1000);
    Timed often = new Timed(1, 1000);
    try (TierUp tierUp = new TierUp(Long.MAX_VALUE, 20_000_000)) {
      tierUp.request(once);
      while (once.runs.get() == 0 || once.open.get() > 0) {
        tierUp.request(often);
        Thread.sleep(1);
      }
      assertEquals(1, often.open.get());
    }
  }

  @Test
  void aFailureIsNotTheEnd() throws InterruptedException {
    Timed next = new Timed(1000, 100);
    Candidate none = new Failing(Optional::empty);
    Candidate failing =
        new Failing(() -> {
          throw new IllegalStateException("a failure, of which the log tells");
        });
    try (TierUp tierUp = new TierUp()) {
      tierUp.request(failing);
      tierUp.request(none);
      next.ask(tierUp);
    }
    assertTrue(next.used);
  }

  private record Failing(Supplier<Optional<Trial>> maker) implements Candidate {
    @Override
    public Optional<Trial> trial() {
      return maker.get();
    }

    @Override
    public void stays() {}
  }

  @Test
  void closeEndsTheTrialThatRuns() throws InterruptedException {
    Timed endless = new Timed(1, 1_000_000);
    try (TierUp tierUp = new TierUp()) {
      tierUp.request(endless);
      while (endless.runs.get() == 0) {
        Thread.sleep(1);
      }
    }
    assertEquals(0, endless.open.get());
    assertFalse(endless.used);
    assertFalse(isAlive());
  }

  private static boolean isAlive() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("cotangent-tier-up"));
  }

  @Test
  void theThreadEndsWhenNobodyAsks() throws InterruptedException {
    try (TierUp tierUp = new TierUp()) {
      Timed endless = new Timed(1, 1000);
      tierUp.request(endless);
      while (endless.runs.get() == 0 || isAlive()) {
        Thread.sleep(1);
      }
      assertEquals(0, endless.open.get());
      // And starts again.
      Timed faster = new Timed(1000, 100);
      faster.ask(tierUp);
      assertTrue(faster.used);
    }
  }

  @Test
  void afterCloseNothingIsTried() {
    TierUp tierUp = new TierUp();
    tierUp.close();
    tierUp.request(
        new Failing(() -> {
          throw new AssertionError("tried");
        }));
    assertFalse(isAlive());
    tierUp.close();
  }
}
