package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.junit.jupiter.api.Test;

/** Nothing recurses over a graph: a hundred thousand ops fit the default thread stack. */
class DeepChainTest {
  private static final int LENGTH = 100_000;

  private static Tensor chain(Tensor x) {
    for (int i = 0; i < LENGTH; i++) {
      x = i % 2 == 0 ? x.mul(1.00001) : x.add(0.00001);
    }
    return x.sum();
  }

  /** The bound is generous, as the machine may be busy; the 10 s hold on an idle one. */
  @Test
  void buildsDifferentiatesCompilesAndRuns() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          try (Device device = Device.cpu();
              Scope _ = device.open()) {
            long start = System.nanoTime();
            Tensor x = device.tensor(new double[] {1, 2, 3});
            var both = Cotangent.valueAndGrad(DeepChainTest::chain, x);
            double factor = Math.pow(1.00001, LENGTH / 2.0);
            for (double slope : both.grad().toDoubleArray()) {
              assertEquals(factor, slope, 1e-9 * factor);
            }
            System.out.printf(
                "a chain of %d ops, with its gradient: %.2f s%n",
                LENGTH, (System.nanoTime() - start) / 1e9);
          }
        });
  }
}
