package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** The same program compiled in five JVMs dumps the same text and computes the same bits. */
class SameTextTest {
  record State(Map<String, Tensor> weights, Key key) {}

  /** Run in a JVM of its own: prints stages, program and result of one training step. */
  public static void main(String... args) {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.key(1).normal(DType.FLOAT32, Shape.of(5, 3));
      State state =
          new State(
              Map.of(
                  "first", device.key(2).normal(DType.FLOAT32, Shape.of(3, 4)),
                  "second", device.key(3).normal(DType.FLOAT32, Shape.of(4, 2)),
                  "bias", device.zeros(DType.FLOAT32, 4)),
              device.key(4));
      Tensor scale = device.tensor(new float[] {1, 2}).frozen();
      try (var step =
          device.compiler().donate(0).compile((State s, Tensor t) -> step(s, t, scale), state, x)) {
        System.out.println(step.explain());
        State next = step.run(state, x);
        next.weights().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .forEach(entry -> System.out.println(entry.getKey() + " " + entry.getValue()));
      }
    }
  }

  private static State step(State state, Tensor x, Tensor scale) {
    Tensor noisy = x.add(state.key().normal(x.dtype(), x.shape()).mul(0.1));
    Map<String, Tensor> grad =
        Cotangent.grad(
            w ->
                noisy
                    .matmul(w.get("first"))
                    .add(w.get("bias"))
                    .relu()
                    .matmul(w.get("second"))
                    .mul(scale)
                    .logSoftmax(1)
                    .max(1)
                    .mean(),
            state.weights());
    return new State(
        Trees.map(state.weights(), grad, (w, g) -> w.sub(g.mul(0.1))), state.key().fold(1));
  }

  @Test
  void fiveJvmsAgree() throws IOException, InterruptedException {
    List<Process> processes = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      // Another hash seed and heap layout each time, and other thread counts.
      processes.add(
          Jvm.start(
              List.of("-Xmx" + (200 + 100 * i) + "m", "-XX:hashCode=" + i), SameTextTest.class));
    }
    for (Process process : processes) {
      texts.add(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(0, process.waitFor(), texts.getLast());
    }
    assertTrue(texts.getFirst().contains("donors=[0"), texts.getFirst());
    for (String text : texts) {
      assertEquals(texts.getFirst(), text);
    }
  }

  /** Starts JVMs like this one. */
  static final class Jvm {
    private Jvm() {}

    static Process start(List<String> flags, Class<?> main, String... args) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--add-modules=jdk.incubator.vector");
      command.add("-XX:+UnlockExperimentalVMOptions");
      command.addAll(flags);
      // Tests run on the module path; a child finds the same classes on its class path.
      String classes =
          String.join(System.getProperty("path.separator"), location(Device.class), location(main));
      command.add("-cp");
      command.add(classes);
      command.add(main.getName());
      command.addAll(List.of(args));
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static String location(Class<?> type) {
      return Path.of(
              URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
          .toString();
    }
  }
}
