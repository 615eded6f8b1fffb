package org.cotangent.benchmarks.djl;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.stream.Stream;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.task.Samples;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What it makes of each task is what plain Java makes of it. */
class DjlEngineTest {
  @TestFactory
  Stream<DynamicTest> resultsAreRight() {
    return Samples.tasks().stream()
        .filter(new DjlEngine()::does)
        .map(task ->
            DynamicTest.dynamicTest(task.title(), () -> Engines.open("djl", "cpu", task).close()));
  }

  @Test
  void itTellsWhatItIs() {
    assertFalse(new DjlEngine().description("cpu").isEmpty());
  }
}
