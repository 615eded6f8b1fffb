package org.cotangent.benchmarks.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The examples learn; the smallest to its end, the others for as long as a build may take. */
class ExamplesTest {
  private Device device;

  @BeforeEach
  void open() {
    device = Device.cpu();
  }

  @AfterEach
  void close() {
    assertEquals(0, device.memory().liveBytes());
    device.close();
  }

  private List<Double> losses(Task<?, ?> task, int steps) {
    List<Double> losses = new ArrayList<>();
    try (var _ = device.open()) {
      new Trainer<>(task).train(device, 1, steps, (_, loss) -> losses.add(loss));
    }
    return losses;
  }

  @ParameterizedTest
  @EnumSource(Examples.Example.class)
  void theLossFalls(Examples.Example example) {
    List<Double> losses = losses(example.task(), 40);
    assertEquals(2, losses.size());
    assertTrue(losses.getLast() < losses.getFirst(), losses.toString());
  }

  @Test
  void theRecurrentNetReachesItsAim() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Lstm task = new Lstm();
    double right = Examples.run(device, task, 0, stream);
    assertTrue(right >= task.plan().target(), out.toString(StandardCharsets.UTF_8));
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("right: "));
  }
}
