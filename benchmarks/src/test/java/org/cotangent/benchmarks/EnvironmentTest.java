package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  /** Runs in a JVM of its own: its exit status says whether that one's environment is tidy. */
  static final class Probe {
    private Probe() {}

    static void main(String[] args) {
      System.exit(Environment.isTidy() ? args.length : -1);
    }
  }

  @Test
  void openBlasChoosesItsKernelsItself() {
    assertEquals(
        Map.of("PATH", "/bin", "POCL_AFFINITY", "1", "POCL_CACHE_DIR", "/cache"),
        Environment.tidied(
            Map.of(
                "PATH", "/bin",
                "OPENBLAS_CORETYPE", "Haswell",
                "OPENBLAS_L2_SIZE", "512",
                "NVIDIA_TF32_OVERRIDE", "1",
                "POCL_AFFINITY", "0",
                "POCL_CACHE_DIR", "/cache")));
  }

  @Test
  void startedJvmHasIt() throws Exception {
    assertEquals(3, Environment.run(Probe.class, "a", "b", ""));
  }
}
