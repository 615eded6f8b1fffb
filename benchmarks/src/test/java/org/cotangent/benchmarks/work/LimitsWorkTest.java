package org.cotangent.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import jdk.incubator.vector.FloatVector;
import org.cotangent.benchmarks.compare.Comparison.Limits;
import org.junit.jupiter.api.Test;

class LimitsWorkTest {
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("limits-"))
        .toList();
  }

  @Test
  void figuresArePlausible() {
    Limits limits = LimitsWork.measure(3, Duration.ofMillis(200));
    assertEquals(3, limits.round());
    assertAll(
        () -> between(1e8, limits.flops32(), 1e16),
        () -> between(1e8, limits.flops64(), limits.flops32() * 1.5),
        () -> between(1e8, limits.memory(), limits.cached() * 2),
        () -> between(1e8, limits.cached(), 1e15),
        () -> between(1e-11, limits.call(), 1e-6));
    assertEquals(List.of(), threads());
  }

  private static void between(double least, double figure, double most) {
    assertTrue(least <= figure && figure <= most, () -> least + " <= " + figure + " <= " + most);
  }

  @Test
  void amountsAreThoseOfAllThreads() {
    int cores = Runtime.getRuntime().availableProcessors();
    try (LimitsWork work = new LimitsWork()) {
      assertFalse(threads().isEmpty());
      double perCall = 2.0 * 512 * 12 * FloatVector.SPECIES_PREFERRED.length();
      assertEquals(0, work.flops32().amount() % (cores * perCall));
      assertEquals(work.flops32().amount(), 2 * work.flops64().amount());
      assertEquals(0, work.cached().amount() % ((double) cores * LimitsWork.CACHED_BYTES));
      assertEquals(0, work.memory().amount() % (2.0 * cores * 4096));
      assertEquals(0, work.calls().amount() % 4);
      LimitsWork.Done done = work.memory();
      assertEquals(done.amount() / done.seconds(), done.rate());
    }
    assertEquals(List.of(), threads());
  }

  @Test
  void wrongSumsAreFound() {
    MultiplyAdds sums = new MultiplyAdds();
    String message = assertThrows(IllegalStateException.class, sums::check).getMessage();
    assertEquals(
        "limits: a sum of products is 8.0 in float32 and 8.0 in float64, not 512", message);
    sums.run32(1);
    sums.run64(1);
    sums.check();
  }

  @Test
  void nothingRunsOnceItIsClosed() {
    LimitsWork work = new LimitsWork();
    work.close();
    assertThrows(RejectedExecutionException.class, work::flops32);
  }
}
