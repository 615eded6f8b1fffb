package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.FusionLimits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code -Dcotangent.debug} has logged, level by level. */
class FaceDebugTest {
  private static final String DEBUG = "cotangent.debug";

  /** A product, a reduction, a loop, and a kernel without a body. */
  private static Tensor step(List<Tensor> in) {
    Tensor product = in.get(0).matmul(in.get(0));
    return product.exp().sub(product.sum(0)).take(in.get(1), 0);
  }

  private static List<String> logged(int level) {
    System.setProperty(DEBUG, String.valueOf(level));
    try (FaceLog log = new FaceLog("org.cotangent.compile");
        Device device =
            Device.with(
                "interpreter",
                new InterpreterBackend(new FusionLimits(128, 64, true)),
                DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      List<Tensor> in =
          List.of(device.tensor(new double[] {1, 2, 3, 4}, 2, 2), device.tensor(new long[] {1, 0}));
      device.compiler().name("step").compile(FaceDebugTest::step, in).close();
      return log.take();
    } finally {
      System.clearProperty(DEBUG);
    }
  }

  /** How a message begins, which says what it shows. */
  private static String kind(String message) {
    return message.lines().findFirst().orElse("").replaceFirst("[:{(\"].*", "").strip();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void eachLevelLogsMore(int level) {
    List<String> expected = new ArrayList<>();
    if (level >= 2) {
      expected.add("after trace");
    }
    if (level >= 3) {
      for (String stage :
          List.of("simplify", "widen", "expand", "widen again", "simplify again", "trim")) {
        expected.add("after " + stage);
      }
    }
    if (level >= 1) {
      expected.add("step");
    }
    if (level >= 4) {
      expected.add("program step");
    }
    if (level >= 5) {
      expected.addAll(List.of("dotGeneral", "sum", "exp+subtract", "digraph"));
    }
    assertEquals(expected, logged(level).stream().map(FaceDebugTest::kind).toList());
  }
}
