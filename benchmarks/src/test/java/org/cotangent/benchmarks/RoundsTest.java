package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cotangent.benchmarks.work.Work;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static Work sleeping(String name, long millis, List<String> log) {
    return Work.of(
        () -> {
          log.add(name);
          try {
            Thread.sleep(millis);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        () -> {});
  }

  @Test
  void takesTurnsAndRotates() throws InterruptedException {
    List<String> log = new ArrayList<>();
    Map<String, Work> pieces = new LinkedHashMap<>();
    pieces.put("a", sleeping("a", 2, log));
    pieces.put("b", sleeping("b", 6, log));
    pieces.put("c", sleeping("c", 2, log));
    Rounds rounds = new Rounds(3, Duration.ZERO, Duration.ofNanos(1), Duration.ZERO);

    List<Map<String, Double>> times = rounds.time(pieces);

    // Each is warmed twice; then in each turn it is run once for the caches and once by the clock.
    assertEquals("aabbcc" + "aabbcc" + "bbccaa" + "ccaabb", String.join("", log));
    assertEquals(3, times.size());
    for (Map<String, Double> round : times) {
      assertEquals(Set.of("a", "b", "c"), round.keySet());
      assertTrue(round.getOrDefault("b", 0.0) >= 0.006, round::toString);
    }
  }

  @Test
  void repeatsShortWorkAndWarmsItUp() throws InterruptedException {
    List<String> log = new ArrayList<>();
    Rounds rounds = new Rounds(1, Duration.ofMillis(20), Duration.ofMillis(40), Duration.ZERO);
    rounds.time(Map.of("a", sleeping("a", 2, log)));
    assertTrue(log.size() > 10, () -> log.size() + " runs");
  }
}
