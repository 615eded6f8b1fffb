package org.cotangent.opencl;

import java.util.Arrays;
import org.cotangent.Compiled2;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.opencl.kernel.TuningTable;
import org.cotangent.type.Shape;

/**
 * Times products on a device, as a user's program runs them.
 *
 * @param device which
 */
record Stopwatch(ClDevice device) {
  /** Operations between two looks at the clock. */
  private static final double BATCH = 2e8;

  private static final int ROUNDS = 9;
  private static final int MOST_RUNS = 200;

  /**
   * {@return seconds of one product, the median of several rounds}
   *
   * @param trial the product
   * @param table with its tile
   */
  double seconds(Trial trial, TuningTable table) {
    ClBackend backend =
        new ClBackend(device, new Kernels(device.traits(), table), false, BinaryCache.configured());
    try (Device opened = Device.with(device.name(), backend, DeviceOptions.DEFAULT);
        Scope _ = opened.open()) {
      // Zeros might be faster than what occurs.
      Tensor left = opened.key(1).uniform(trial.dtype(), Shape.of(trial.rows(), trial.depth()));
      Tensor right = opened.key(2).uniform(trial.dtype(), Shape.of(trial.depth(), trial.columns()));
      try (Compiled2<Tensor, Tensor, Tensor> product =
          opened.compiler().compile(Tensor::matmul, left, right)) {
        int runs = (int) Math.clamp(BATCH / trial.operations(), 1, MOST_RUNS);
        run(product, left, right, runs);
        double[] seconds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
          long start = System.nanoTime();
          run(product, left, right, runs);
          seconds[round] = (System.nanoTime() - start) * 1e-9 / runs;
        }
        Arrays.sort(seconds);
        return seconds[ROUNDS / 2];
      }
    }
  }

  private static void run(
      Compiled2<Tensor, Tensor, Tensor> product, Tensor left, Tensor right, int runs) {
    for (int run = 0; run < runs; run++) {
      product.run(left, right).close();
    }
  }
}
