package org.cotangent.benchmarks.report;

import static org.cotangent.benchmarks.report.Samples.OTHER;
import static org.cotangent.benchmarks.report.Samples.OURS;
import static org.cotangent.benchmarks.report.Samples.PEER;
import static org.cotangent.benchmarks.report.Samples.TASK;
import static org.cotangent.benchmarks.report.Samples.timing;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Limits;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Timing;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private static final double EPSILON = 1e-12;

  private static Scores scores(Timing... timings) {
    return new Scores(
        Samples.comparison(List.of(OURS, PEER, OTHER), List.of(TASK), 3, List.of(timings)));
  }

  private static void assertSummary(
      double median, double least, double most, int rounds, Optional<Summary> actual) {
    Summary summary = actual.orElseThrow();
    assertEquals(median, summary.median(), EPSILON);
    assertEquals(least, summary.least(), EPSILON);
    assertEquals(most, summary.most(), EPSILON);
    assertEquals(rounds, summary.rounds());
  }

  @Test
  void timesAreMediansOfRounds() {
    assertSummary(1e-3, 1e-3, 4e-3, 3, new Scores(Samples.small()).seconds(TASK, OURS));
  }

  /** 2/1, 0.5/1 and 4.4/4, the best peer being another one each time; medians would give 4.4. */
  @Test
  void speedIsOverTheBestPeerOfTheSameRound() {
    assertSummary(1.1, 0.5, 2, 3, new Scores(Samples.small()).speed(TASK, OURS));
  }

  @Test
  void anEvenNumberOfRoundsHasTheMeanOfTwo() {
    Scores scores = scores(timing(TASK, OURS, 1.0, 1.0), timing(TASK, PEER, 2.0, 5.0));
    assertSummary(3.5, 2, 5, 2, scores.speed(TASK, OURS));
  }

  @Test
  void failedRoundsAreLeftOut() {
    Scores scores =
        scores(
            timing(TASK, OURS, 1.0, 0.0, 2.0, 1.0),
            timing(TASK, PEER, 3.0, 1.0, 0.0, 0.0),
            timing(TASK, OTHER, 0.0, 1.0, 8.0));
    assertSummary(1, 1, 2, 3, scores.seconds(TASK, OURS));
    assertSummary(3.5, 3, 4, 2, scores.speed(TASK, OURS));
    assertEquals(1, scores.failed(TASK, OURS));
    assertEquals(2, scores.failed(TASK, PEER));
  }

  @Test
  void whatNobodyDidHasNoFigures() {
    Scores scores = scores(timing(TASK, OURS, 0.0, 0.0), timing(TASK, PEER, 1.0, 1.0));
    assertEquals(Optional.empty(), scores.seconds(TASK, OURS));
    assertEquals(Optional.empty(), scores.speed(TASK, OURS));
    assertEquals(Optional.empty(), scores.share(TASK, OURS));
    assertEquals(Optional.empty(), scores.seconds(TASK, OTHER));
    assertEquals(Optional.empty(), scores(timing(TASK, OURS, 1.0)).speed(TASK, OURS));
  }

  /** Another way to use an engine is no peer of it. */
  @Test
  void oursIsNoPeerOfItself() {
    Participant eager = new Participant("cotangent-eager", "cpu", "", null);
    Scores scores =
        new Scores(
            Samples.comparison(
                List.of(OURS, eager, PEER),
                List.of(TASK),
                1,
                List.of(
                    timing(TASK, OURS, 4.0), timing(TASK, eager, 2.0), timing(TASK, PEER, 3.0))));
    assertSummary(0.75, 0.75, 0.75, 1, scores.speed(TASK, OURS));
    assertEquals(List.of(OURS), scores.ours());
  }

  @Test
  void peersOfAnotherDeviceDoNotCount() {
    Participant far = new Participant("clblast", "opencl", "", null);
    Scores scores =
        new Scores(
            Samples.comparison(
                List.of(OURS, PEER, far),
                List.of(TASK),
                1,
                List.of(timing(TASK, OURS, 1.0), timing(TASK, PEER, 3.0), timing(TASK, far, 0.1))));
    assertSummary(3, 3, 3, 1, scores.speed(TASK, OURS));
    assertEquals("cotangent cpu", scores.name(OURS));
    assertEquals("cotangent", new Scores(Samples.small()).name(OURS));
  }

  /** 2 Mflop at 10 Gflop/s and 2 MB at 10 GB/s take 0.2 ms each; 0.2/1, 0.2/1, 0.2/4. */
  @Test
  void shareIsOfTheLimit() {
    assertSummary(0.2, 0.05, 0.2, 3, new Scores(Samples.small()).share(TASK, OURS));
  }

  /**
   * 800 bytes at 80 GB/s take 10 ns, where the other round's call takes 3 s. 2 GB are beyond the
   * cache: at 10 GB/s they take 0.2 s, and 0.25 s in the other round.
   */
  @Test
  void theLimitIsThatOfTheBestRound() {
    Work cached = Samples.task("Add", Map.of(), 0, 800);
    Work large = Samples.task("Add", Map.of("size", "2"), 1e9, 2e9);
    Function<List<Limits>, Scores> of =
        limits ->
            new Scores(
                new Comparison(
                    Comparison.FORMAT,
                    Map.of(),
                    Map.of(),
                    0,
                    List.of(OURS),
                    List.of(cached, large),
                    limits,
                    List.of(
                        timing(cached, OURS, 2e-8, 4e-8, 1e-7),
                        timing(large, OURS, 0.4, 1.0, 4.0))));
    Limits slowCalls = new Limits(2, 4e10, 1, 8e10, 8e9, 3);
    Limits slowCopies = new Limits(2, 4e10, 1, 8e10, 8e9, 1e-9);
    Limits best = new Limits(0, 1e10, 1, 8e10, 1e10, 1e-9);
    assertSummary(0.25, 0.1, 0.5, 3, of.apply(List.of(slowCalls, best)).share(cached, OURS));
    assertSummary(0.2, 0.05, 0.5, 3, of.apply(List.of(slowCopies, best)).share(large, OURS));
    assertEquals(Optional.empty(), of.apply(List.of()).share(large, OURS));
  }

  @Test
  void oursComeFirst() {
    assertEquals(List.of(OURS, PEER, OTHER), new Scores(Samples.small()).present());
    assertEquals(List.of("Add", "Matmul", "TrainStep"), new Scores(Samples.large()).suites());
    assertEquals("nd4j", new Scores(Samples.large()).leftOut().getFirst().engine());
  }

  @Test
  void noValuesHaveNoSummary() {
    assertEquals(Optional.empty(), Summary.of(DoubleStream.of(Double.NaN)));
    assertEquals(
        Optional.of(new Summary(2, 1, 3, 3)), Summary.of(DoubleStream.of(3, Double.NaN, 1, 2)));
  }
}
