package org.cotangent.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.peer.PyTorch;
import org.cotangent.benchmarks.task.Task;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real workers, with JMH in them. */
class LauncherTest {
  private static final Launcher.Place OWN = new Launcher.Place("", Map.of());

  @TempDir private Path scratch;

  @Test
  void aWorkerTellsWhoIsThere() throws IOException, InterruptedException {
    List<Worker.Found> found =
        new Launcher(scratch).ask(OWN, new TypeReference<>() {}, List.of("quick"));
    Map<String, Set<String>> suites =
        found.stream()
            .collect(
                Collectors.toMap(
                    f -> f.participant().engine() + " " + f.participant().device(),
                    f -> f.tasks().keySet()));
    Set<String> names = suites.keySet();
    assertTrue(
        names.containsAll(Set.of("cotangent cpu", "cotangent-eager cpu", "java cpu")),
        names::toString);
    assertEquals(Set.of("Add", "Matmul", "Chain", "TrainStep"), suites.get("cotangent cpu"));
    assertEquals(Set.of("Chain"), suites.get("cotangent-eager cpu"));
    assertEquals(Set.of("Matmul"), suites.get("java cpu"));
    for (Worker.Found one : found) {
      Set<String> titles =
          Plan.QUICK.tasks().stream().map(Task::title).collect(Collectors.toUnmodifiableSet());
      one.tasks().values().forEach(tasks -> assertTrue(titles.containsAll(tasks), one::toString));
    }
    for (Participant participant : found.stream().map(Worker.Found::participant).toList()) {
      assertEquals(participant.unavailable() == null, !participant.description().isEmpty());
    }
  }

  /** None of the engines here wants a variable; the environment is passed on all the same. */
  @Test
  void variablesAreAskedForAndPassedOn() throws IOException, InterruptedException {
    Launcher launcher = new Launcher(scratch);
    assertEquals(
        Map.of(), launcher.ask(OWN, new TypeReference<Map<String, String>>() {}, List.of()));
    Launcher.Place place = new Launcher.Place("", Map.of("JDK_JAVA_OPTIONS", "-Dno.such=1 -Xyz"));
    IOException e =
        assertThrows(
            IOException.class,
            () -> launcher.ask(place, new TypeReference<Map<String, String>>() {}, List.of()));
    assertTrue(String.valueOf(e.getMessage()).startsWith("ended with status 1: "), e.getMessage());
  }

  @Test
  void aWorkerAsksTheClockOfAnotherProcess() throws IOException, InterruptedException {
    Optional<String> unavailable = PyTorch.unavailable("cpu");
    assumeTrue(unavailable.isEmpty(), () -> "skipped: " + unavailable.orElse(""));
    List<Worker.Outcome> outcomes =
        new Launcher(scratch)
            .ask(OWN, new TypeReference<>() {}, List.of("quick", "pytorch", "cpu", "Add"));
    assertEquals(
        List.of(
            "Add size=1024 operands=SAME dtype=FLOAT32",
            "Add size=1048576 operands=SAME dtype=FLOAT32"),
        outcomes.stream().map(Worker.Outcome::task).toList());
    outcomes.forEach(outcome -> assertNull(outcome.failure()));
    double small = outcomes.getFirst().seconds();
    double large = outcomes.getLast().seconds();
    // 12 MiB take longer than an empty loop of Python's, and less than a second.
    assertTrue(small > 1e-7 && small < large && large < 1, outcomes::toString);
  }

  @Test
  void aWorkerTimesWhatItsEngineDoes() throws IOException, InterruptedException {
    // Nobody's figures are spoilt.
    System.setProperty("jmh.ignoreLock", "true");
    List<Worker.Outcome> outcomes =
        new Launcher(scratch)
            .ask(OWN, new TypeReference<>() {}, List.of("quick", "java", "cpu", "Matmul"));
    Worker.Outcome only = outcomes.getFirst();
    assertEquals(1, outcomes.size());
    assertEquals("Matmul n=512 transposed=NONE dtype=FLOAT64", only.task());
    assertNull(only.failure());
    // 512^3 multiplications, by a loop.
    assertTrue(only.seconds() > 1e-3 && only.seconds() < 60, only::toString);
  }

  @Test
  void aWorkerThatFailsSaysWhy() {
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                new Launcher(scratch)
                    .ask(
                        OWN,
                        new TypeReference<List<Worker.Outcome>>() {},
                        List.of("quick", "matlab", "cpu", "Add")));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("engine matlab is unknown: there are [clblast, "), message);
  }

  /** A row says so, and what was heard in other rounds stays. */
  @Test
  void whoseWorkerCrashesHasFailed() {
    Participant participant = new Participant("java", "cpu", "loops", null);
    Worker.Found found =
        new Worker.Found(participant, Map.of("Matmul", List.of("small", "large")), Map.of());
    Timings timings = new Timings(2);
    timings.add(0, participant, new Worker.Outcome("small", 0.5, null));
    found
        .failures("Matmul", "ended with status 134")
        .forEach(failure -> timings.add(1, participant, failure));
    assertEquals(
        List.of(
            new Comparison.Timing(
                "small", "java", "cpu", List.of(0.5, 0.0), "ended with status 134"),
            new Comparison.Timing(
                "large", "java", "cpu", List.of(0.0, 0.0), "ended with status 134")),
        timings.list());
  }

  @Test
  void roundsAreThePlansOrAsMany() {
    assertEquals(1, Compare.rounds(Plan.QUICK, 0));
    assertEquals(5, Compare.rounds(Plan.WHOLE, 0));
    assertEquals(3, Compare.rounds(Plan.QUICK, 3));
  }

  @Test
  void plansAreKnownByName() {
    assertEquals(Plan.QUICK, Plan.named("quick"));
    assertEquals(Plan.WHOLE, Plan.named("whole"));
    assertEquals(
        "plan slow is unknown: there are [quick, whole]",
        assertThrows(IllegalArgumentException.class, () -> Plan.named("slow")).getMessage());
    for (Plan plan : Plan.values()) {
      assertEquals(plan.tasks().size(), plan.tasks().stream().distinct().count());
    }
  }

  /** Operations at their rate, or bytes at that of the memory that they lie in, or a call. */
  @Test
  void aLimitIsTheSlowestOfThree() {
    Comparison.Limits limits = new Comparison.Limits(0, 4, 2, 32, 16, 0.5);
    assertEquals(2, limits.seconds(work("FLOAT32", 8, 32), 64));
    assertEquals(4, limits.seconds(work("FLOAT64", 8, 32), 64));
    assertEquals(2, limits.seconds(work("FLOAT32", 0, 64), 64));
    assertEquals(4, limits.seconds(work("FLOAT32", 0, 64), 63));
    assertEquals(0.5, limits.seconds(work("FLOAT32", 0, 0), 64));
  }

  private static Comparison.Work work(String dtype, double flop, double bytes) {
    return new Comparison.Work("T", "S", Map.of(), dtype, flop, bytes);
  }
}
