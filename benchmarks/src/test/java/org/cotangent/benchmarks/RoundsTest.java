package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.cotangent.benchmarks.work.Work;
import org.junit.jupiter.api.Test;

/** By a clock that only the work moves. */
class RoundsTest {
  private final AtomicLong clock = new AtomicLong();
  private final List<String> log = new ArrayList<>();

  private Work work(String name, long millis) {
    return Work.of(
        () -> {
          log.add(name);
          clock.addAndGet(Duration.ofMillis(millis).toNanos());
        },
        () -> {});
  }

  private Rounds rounds(int count, long warmUp, long turn) {
    return new Rounds(
        count, Duration.ofMillis(warmUp), Duration.ofMillis(turn), Duration.ZERO, clock::get);
  }

  @Test
  void takesTurnsAndRotates() throws InterruptedException {
    Map<String, Work> pieces = new LinkedHashMap<>();
    pieces.put("a", work("a", 20));
    pieces.put("b", work("b", 60));
    pieces.put("c", work("c", 10));

    List<Map<String, Double>> times = rounds(3, 0, 0).time(pieces);

    // Each is warmed twice; then in each turn it is run once for the caches and once by the clock.
    assertEquals("aabbcc" + "aabbcc" + "bbccaa" + "ccaabb", String.join("", log));
    Map<String, Double> round = Map.of("a", 0.02, "b", 0.06, "c", 0.01);
    assertEquals(List.of(round, round, round), times);
  }

  @Test
  void repeatsShortWork() throws InterruptedException {
    rounds(1, 0, 40).time(Map.of("a", work("a", 4)));
    assertEquals(2 + 1 + 10, log.size());
  }

  @Test
  void runsLongWorkOnce() throws InterruptedException {
    rounds(2, 0, 40).time(Map.of("a", work("a", 400)));
    assertEquals(2 + 1 + 1, log.size());
  }

  @Test
  void warmsUp() throws InterruptedException {
    rounds(1, 30, 0).time(Map.of("a", work("a", 2)));
    assertEquals(15 + 1 + 1, log.size());
  }
}
