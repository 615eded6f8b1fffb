package org.cotangent.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.cotangent.benchmarks.compare.Comparison.Participant;
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
    Map<String, List<String>> suites =
        found.stream()
            .collect(
                Collectors.toMap(
                    f -> f.participant().engine() + " " + f.participant().device(),
                    Worker.Found::suites));
    Set<String> names = suites.keySet();
    assertTrue(
        names.containsAll(Set.of("cotangent cpu", "cotangent-eager cpu", "java cpu")),
        names::toString);
    assertEquals(List.of("Add", "Matmul", "Chain", "TrainStep"), suites.get("cotangent cpu"));
    assertEquals(List.of("Chain"), suites.get("cotangent-eager cpu"));
    assertEquals(List.of("Matmul"), suites.get("java cpu"));
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
