package org.cotangent.benchmarks.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Samples;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every engine that is here makes of every task that it does what plain Java makes of it. */
class EngineTest {
  @TestFactory
  Stream<DynamicTest> resultsAreRight() {
    return Engines.all().stream()
        .flatMap(engine ->
            engine.devices().stream()
                .filter(device -> engine.unavailable(device).isEmpty())
                .map(device ->
                    DynamicTest.dynamicTest(
                        engine.name() + " on " + device,
                        () -> {
                          assertFalse(engine.description(device).isEmpty());
                          List<Task> done = Samples.tasks().stream().filter(engine::does).toList();
                          if (!device.equals("cpu") || engine.isClocked()) {
                            // Each builds kernels, or starts a process.
                            done = oneOfEachKind(done);
                          }
                          assertFalse(done.isEmpty());
                          for (Task task : done) {
                            Engines.open(engine.name(), device, task).close();
                          }
                        })));
  }

  /** Of those that differ but in size and dtype the last. */
  private static List<Task> oneOfEachKind(List<Task> tasks) {
    Map<String, Task> last = new LinkedHashMap<>();
    for (Task task : tasks) {
      Map<String, String> kind = new LinkedHashMap<>(task.parameters());
      kind.keySet().removeAll(Set.of("n", "size", "dtype", "mib"));
      last.put(task.suite() + kind, task);
    }
    return List.copyOf(last.values());
  }

  /** What is compared with is compared with something else: results that are wrong are seen. */
  @Test
  void aWrongResultIsAnError() {
    for (Task task : Samples.tasks()) {
      Computation wrong =
          Computation.of(
              () -> {},
              () -> HostArray.allocate(new TensorType(task.dtype(), task.shape())),
              () -> {});
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> wrong.check(task), task.title());
      assertTrue(String.valueOf(e.getMessage()).startsWith(task.title()), e.getMessage());
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    Task task = new Addition(4, Addition.Operands.SAME, DType.INT32);
    assertEquals("Add size=4 operands=SAME dtype=INT32", task.title());
    assertThrows(IllegalArgumentException.class, () -> Engines.open("matlab", "cpu", task));
    assertThrows(IllegalArgumentException.class, () -> Engines.open("java", "opencl", task));
    assertEquals(
        "not available: java does not do Add size=4 operands=SAME dtype=INT32",
        assertThrows(IllegalArgumentException.class, () -> Engines.open("java", "cpu", task))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "3x4", "3x4x5x6", "-3", "0", "2*", "a*3x3x3", "99999999999999999999"})
  void sizesThatAreNone(String n) {
    assertThrows(
        IllegalArgumentException.class,
        () -> Product.parse(n, Product.Transposed.NONE, DType.FLOAT32));
  }
}
