package org.cotangent.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Timing;
import org.junit.jupiter.api.Test;

/** What comes in, round by round. */
class TimingsTest {
  private static final Participant OURS = new Participant("cotangent", "cpu", "", null);
  private static final Participant PEER = new Participant("djl", "cpu", "", null);

  @Test
  void roundsWithoutAnAnswerFailed() {
    Timings timings = new Timings(4);
    timings.add(1, OURS, new Worker.Outcome("A", 2.5, null));
    timings.add(0, PEER, new Worker.Outcome("A", 3, null));
    timings.add(0, OURS, new Worker.Outcome("B", 0, "first"));
    timings.add(2, OURS, new Worker.Outcome("A", 1.5, null));
    timings.add(1, OURS, new Worker.Outcome("B", 0, "second"));
    timings.add(2, OURS, new Worker.Outcome("B", 7, null));
    assertEquals(
        List.of(
            new Timing("A", "cotangent", "cpu", List.of(0.0, 2.5, 1.5, 0.0), null),
            new Timing("A", "djl", "cpu", List.of(3.0, 0.0, 0.0, 0.0), null),
            new Timing("B", "cotangent", "cpu", List.of(0.0, 0.0, 7.0, 0.0), "first")),
        timings.list());
  }
}
