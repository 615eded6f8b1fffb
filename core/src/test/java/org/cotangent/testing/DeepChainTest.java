package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingConsumer;

/**
 * Nothing recurses over a graph, and nothing takes a time quadratic in its length: a hundred
 * thousand ops fit the default thread stack and some seconds. The bounds are generous, as the
 * machine may be busy; the 10 s hold on an idle one.
 */
class DeepChainTest {
  private static final int LENGTH = 100_000;

  private static Tensor chain(Tensor x) {
    for (int i = 0; i < LENGTH; i++) {
      x = i % 2 == 0 ? x.mul(1.00001) : x.add(0.00001);
    }
    return x.sum();
  }

  /** A loop does not fuse through a view, so that each tanh is a kernel of its own. */
  private static Tensor reshapes(Tensor x) {
    for (int i = 0; i < LENGTH; i++) {
      x = x.tanh();
      x = i % 2 == 0 ? x.reshape(2, 3) : x.reshape(6);
    }
    return x;
  }

  private static void timed(String what, ThrowingConsumer<Device> action) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          try (Device device = Device.cpu();
              Scope _ = device.open()) {
            long start = System.nanoTime();
            action.accept(device);
            System.out.printf("%s: %.2f s%n", what, (System.nanoTime() - start) / 1e9);
          }
        });
  }

  @Test
  void buildsDifferentiatesCompilesAndRuns() {
    timed(
        "a chain of %d ops, with its gradient".formatted(LENGTH),
        device -> {
          Tensor x = device.tensor(new double[] {1, 2, 3});
          var both = Cotangent.valueAndGrad(DeepChainTest::chain, x);
          double factor = Math.pow(1.00001, LENGTH / 2.0);
          for (double slope : both.grad().toDoubleArray()) {
            assertEquals(factor, slope, 1e-9 * factor);
          }
        });
  }

  @Test
  void aChainOfKernelsOnReshapedViews() {
    timed(
        "a chain of %d kernels with a reshape after each".formatted(LENGTH),
        device -> {
          Tensor x = device.tensor(new double[] {0, 0.1, 0.5, 1, 2, -3});
          double[] expected = x.toDoubleArray();
          for (int i = 0; i < LENGTH; i++) {
            for (int k = 0; k < expected.length; k++) {
              expected[k] = Math.tanh(expected[k]);
            }
          }
          try (var program = device.compiler().compile(DeepChainTest::reshapes, x)) {
            double[] found = program.run(x).toDoubleArray();
            for (int k = 0; k < expected.length; k++) {
              assertEquals(expected[k], found[k], 1e-9);
            }
            assertEquals(128, program.plan().scratch());
          }
        });
  }

  @Test
  void aChainWhereEachOpIsSearchedForNaN() {
    timed(
        "a chain of %d ops, each searched for NaN".formatted(LENGTH),
        device -> {
          Tensor x = device.tensor(new double[] {1, 2, 3});
          double expected = 0;
          for (double value : x.toDoubleArray()) {
            for (int i = 0; i < LENGTH; i++) {
              value = i % 2 == 0 ? value * 1.00001 : value + 0.00001;
            }
            expected += value;
          }
          try (var program = device.compiler().checkNaN().compile(DeepChainTest::chain, x)) {
            assertEquals(expected, program.run(x).item(), 1e-9 * expected);
            assertEquals(128, program.plan().scratch());
          }
        });
  }
}
