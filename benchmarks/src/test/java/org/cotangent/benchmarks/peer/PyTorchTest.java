package org.cotangent.benchmarks.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A real PyTorch; where there is none, these are skipped. That its results are right is seen as for
 * all engines.
 */
class PyTorchTest {
  private static final List<HostArray> INPUTS =
      new Addition(9, Addition.Operands.SAME, DType.FLOAT64).inputs();

  @BeforeEach
  void require() {
    Optional<String> unavailable = PyTorch.unavailable("cpu");
    assumeTrue(unavailable.isEmpty(), () -> "skipped: " + unavailable.orElse(""));
  }

  private static PyTorch addition() {
    return new PyTorch("cpu", "Add", Map.of("operands", "SAME"), INPUTS);
  }

  @Test
  void theClockCountsAllRuns() {
    try (PyTorch torch = addition()) {
      torch.run(1000);
      double few = torch.run(10);
      double many = torch.run(10_000);
      assertTrue(few > 0 && many > 10 * few, () -> few + " and " + many);
      assertEquals(
          INPUTS.get(0).getDouble(8) + INPUTS.get(1).getDouble(8), torch.result().getDouble(8));
    }
  }

  @Test
  void anErrorThereIsAnErrorHere() {
    var before =
        assertThrows(
            IllegalStateException.class, () -> new PyTorch("cpu", "Sort", Map.of(), INPUTS));
    assertEquals("PyTorch: error KeyError: 'Sort'", before.getMessage());
    try (PyTorch torch = addition()) {
      var early = assertThrows(IllegalStateException.class, torch::result);
      assertTrue(
          String.valueOf(early.getMessage()).startsWith("PyTorch: error AttributeError"),
          early.getMessage());
      var later = assertThrows(IllegalStateException.class, () -> torch.run(1));
      assertTrue(
          String.valueOf(later.getMessage()).endsWith("it ended without a word"),
          later.getMessage());
    }
  }

  @Test
  void withoutAGpuItSaysWhy() {
    assumeTrue(!PyTorch.description("cpu").isEmpty() && Cuda.unavailable().isPresent());
    assertTrue(
        PyTorch.unavailable("cuda")
            .orElse("")
            .endsWith("sees no GPU: torch.cuda is not available"));
  }
}
