package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is shown of a program that cannot be built. */
class BuildLogTest {
  private static final String TEXT =
      IntStream.rangeClosed(1, 1000).mapToObj(i -> "line" + i).collect(Collectors.joining("\n"));

  @Test
  void linesThatTheLogNamesAreShownWithTheirNeighbours() {
    String excerpt = new BuildLog("\n<source>:500:7: error: no\n", TEXT).excerpt();
    assertEquals(
        """
        <source>:500:7: error: no
        ...
         496 | line496
         497 | line497
         498 | line498
         499 | line499
         500 | line500
         501 | line501
         502 | line502
         503 | line503
         504 | line504
        ...
        """,
        excerpt);
  }

  @Test
  void theFirstLinesAreShownWhereNoneIsNamed() {
    String excerpt = new BuildLog("internal error", TEXT).excerpt();
    assertTrue(excerpt.startsWith("internal error\n   1 | line1\n"), excerpt);
    assertEquals(122, excerpt.lines().count());
  }

  @Test
  void longLogsAreCut() {
    String log =
        IntStream.range(0, 500)
            .mapToObj(i -> "x:" + i * 2 + ":1: error\n")
            .collect(Collectors.joining());
    BuildLog failure = new BuildLog(log, TEXT);
    assertTrue(failure.excerpt().lines().count() <= 200, failure.excerpt());
    assertEquals(1500, failure.whole().lines().count());
  }

  @Test
  void linesThatAreNotThereAreNotShown() {
    assertEquals("a:99:1\n1 | x\n", new BuildLog("a:99:1", "x").excerpt());
    assertEquals("\n", new BuildLog("", "").whole());
  }
}
