package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a user meets who starts the JVM on the class path without the Vector API. */
class CpuPlainTwinTest {
  @BeforeEach
  void withoutVectors() {
    Assumptions.assumeFalse(CpuBackendTest.hasVectors());
  }

  @Test
  void aWarningNamesTheFlag() {
    List<String> messages = new ArrayList<>();
    try (CpuBackend backend =
        new CpuBackend(
            new BackendOptions(3),
            Loops.TIERED,
            ReduceStep.Order.ANY,
            Joining.USUAL,
            () -> new MemoryLogger(messages))) {
      assertEquals("cpu: 3 threads, plain loops", backend.description());
    }
    assertEquals(
        List.of(
            "WARNING cpu: the module jdk.incubator.vector is missing, so loops are plain and "
                + "slower; start the JVM with --add-modules jdk.incubator.vector"),
        messages);
  }

  @Test
  void programsRun() {
    try (CpuRig rig = new CpuRig(2, Loops.PLAIN, ReduceStep.Order.ANY)) {
      Operand a = rig.random(new Random(1), DType.INT32, 1, 1, 3);
      Operand b = rig.random(new Random(1), DType.INT32, 1, 3, 1);
      Operand product = rig.operand(DType.INT32, 1, 1, 1);
      rig.run(new ContractionKernel("matmul", CpuRig.ORIGIN, a.dtype(), a, b, product));
      int sum = 0;
      for (int i = 0; i < 3; i++) {
        sum += (int) rig.get(a, i) * (int) rig.get(b, i);
      }
      assertEquals(sum, rig.get(product, 0));
    }
  }
}
