package org.cotangent.benchmarks.nd4j;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.stream.Stream;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.task.Samples;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What it makes of each task is what plain Java makes of it. */
class Nd4jEngineTest {
  @TestFactory
  Stream<DynamicTest> resultsAreRight() {
    return Samples.tasks().stream()
        .filter(new Nd4jEngine()::does)
        .map(task ->
            DynamicTest.dynamicTest(task.title(), () -> Engines.open("nd4j", "cpu", task).close()));
  }

  @Test
  void itTellsWhatItIs() {
    assertFalse(new Nd4jEngine().description("cpu").isEmpty());
  }
}
