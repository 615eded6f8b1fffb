package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContestTest {
  @Test
  void questionsAreAboutEntrants() {
    for (Contest contest : Contest.all()) {
      List<String> engines = contest.entrants().stream().map(Contest.Entrant::engine).toList();
      assertEquals(engines.size(), new HashSet<>(engines).size(), contest::name);
      for (Question question : contest.questions()) {
        assertTrue(engines.containsAll(question.engines()), question::name);
      }
    }
  }

  @Test
  void namesDiffer() {
    List<String> names = Contest.all().stream().map(Contest::name).toList();
    assertEquals(names.size(), new HashSet<>(names).size(), names::toString);
  }
}
