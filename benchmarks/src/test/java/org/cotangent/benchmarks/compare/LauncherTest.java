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
  @TempDir private Path scratch;

  @Test
  void aWorkerTellsWhoIsThere() throws IOException, InterruptedException {
    List<Participant> found = new Launcher(scratch).ask("", new TypeReference<>() {}, List.of());
    Set<String> names =
        found.stream().map(p -> p.engine() + " " + p.device()).collect(Collectors.toSet());
    assertTrue(
        names.containsAll(Set.of("cotangent cpu", "cotangent-eager cpu", "java cpu")),
        names::toString);
    for (Participant participant : found) {
      assertEquals(participant.unavailable() == null, !participant.description().isEmpty());
    }
  }

  @Test
  void aWorkerTimesWhatItsEngineDoes() throws IOException, InterruptedException {
    // Nobody's figures are spoilt.
    System.setProperty("jmh.ignoreLock", "true");
    List<Worker.Outcome> outcomes =
        new Launcher(scratch)
            .ask("", new TypeReference<>() {}, List.of("java", "cpu", "quick", "Matmul"));
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
                        "",
                        new TypeReference<List<Worker.Outcome>>() {},
                        List.of("matlab", "cpu", "quick", "Add")));
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
