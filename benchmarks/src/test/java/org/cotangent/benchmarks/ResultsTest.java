package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.cotangent.benchmarks.work.Work;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  private static final List<Map<String, Double>> ROUNDS =
      List.of(
          Map.of("ours", 1e-3, "peer", 2e-3),
          Map.of("ours", 1e-3, "peer", 0.5e-3),
          Map.of("ours", 4e-3, "peer", 4.4e-3));

  private static Contest.Entrant entrant(String engine, double amount, String unit) {
    return new Contest.Entrant(engine, amount, unit, Optional::empty, () -> Work.NOTHING);
  }

  private static final Contest CONTEST =
      new Contest(
          "work",
          List.of(entrant("ours", 0.002, "GFLOP/s"), entrant("peer", 0, "")),
          List.of(
              Question.speed("ours", "peer", 1, Target.atLeast(1.1)),
              Question.time("ours", "peer", null),
              Question.micros("ours", Target.atMost(999)),
              Question.speed("ours", "absent", 1, Target.atLeast(1))));

  private static Results.Outcome outcome() {
    return Results.Outcome.of(CONTEST, CONTEST.entrants(), ROUNDS);
  }

  @Test
  void mediansAreInTheMiddle() {
    assertEquals(3, Results.median(DoubleStream.of(3)));
    assertEquals(2, Results.median(DoubleStream.of(9, 1, 2)));
    assertEquals(2.5, Results.median(DoubleStream.of(9, 1, 2, 3)));
    assertThrows(IllegalArgumentException.class, () -> Results.median(DoubleStream.empty()));
  }

  /** The median of the ratios is 1.1; the ratio of the medians would be 2. */
  @Test
  void ratiosAreOfOneRound() {
    assertEquals(
        List.of(
            new Results.Figure("speed of ours / peer", 1.1, "at least 1.10", true),
            new Results.Figure("time of ours / peer", 0.909, null, null),
            new Results.Figure("microseconds of ours", 1000, "at most 999.00", false)),
        outcome().figures());
  }

  @Test
  void moreWorkInTheSameTimeIsMoreSpeed() {
    Question question = Question.speed("ours", "peer", 1.5, null);
    assertEquals(3, question.figure().applyAsDouble(Map.of("ours", 1.0, "peer", 2.0)));
  }

  @Test
  void timingsHaveMediansAndRates() {
    Results.Timing ours = outcome().timings().getFirst();
    assertEquals(1000, ours.micros());
    assertEquals(2.0, ours.rate());
    assertEquals(List.of(1000.0, 1000.0, 4000.0), ours.rounds());
  }

  @Test
  void printsAsATable() {
    assertEquals(
        """
        work
          ours            1000.0 us      2.0 GFLOP/s
          peer            2000.0 us
          speed of ours / peer: 1.100 (at least 1.10: met)
          time of ours / peer: 0.909
          microseconds of ours: 1000.000 (at most 999.00: NOT met)
        """,
        outcome().toString());
  }

  @Test
  void targetsHaveASide() {
    assertTrue(Target.atLeast(2).met(2));
    assertFalse(Target.atLeast(2).met(1.999));
    assertTrue(Target.atMost(2).met(2));
    assertFalse(Target.atMost(2).met(2.001));
  }

  @Test
  void fileHasFactsAndFigures(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("new").resolve("results.json");
    Facts facts = Facts.gather();
    new Results(facts, 3, Map.of("absent", "not here"), List.of(outcome())).write(file);

    JsonNode json = JsonMapper.builder().build().readTree(file.toFile());
    assertEquals(facts.jvm(), json.at("/facts/jvm").textValue());
    assertEquals("not here", json.at("/leftOut/absent").textValue());
    assertEquals(4000.0, json.at("/outcomes/0/timings/0/rounds/2").doubleValue());
    assertFalse(json.at("/outcomes/0/timings/1").has("rate"));
    assertTrue(json.at("/outcomes/0/figures/0/met").booleanValue());
  }

  @Test
  void filesAreNamedByProcessor() {
    Facts facts = new Facts("", "AMD EPYC(TM) 9", 2, "", "", "", "", Map.of());
    assertEquals("amd-epyc-tm-9-2-cores", facts.slug());
  }
}
