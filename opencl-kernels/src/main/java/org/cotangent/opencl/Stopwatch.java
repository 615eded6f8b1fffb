package org.cotangent.opencl;

import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
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
    try (Entrant entrant = new Entrant(device, trial, table)) {
      return median(entrant::seconds);
    }
  }

  /**
   * {@return how many times as fast one tile is as another: the median of rounds in which they take
   * turns, so that what slows the machine for a while slows both}
   *
   * @param trial the product
   * @param one table with a tile
   * @param other table with another
   */
  double gain(Trial trial, TuningTable one, TuningTable other) {
    try (Entrant first = new Entrant(device, trial, one);
        Entrant second = new Entrant(device, trial, other)) {
      return median(() -> second.seconds() / first.seconds());
    }
  }

  private static double median(DoubleSupplier round) {
    return DoubleStream.generate(round)
        .limit(ROUNDS)
        .sorted()
        .skip(ROUNDS / 2)
        .findFirst()
        .orElseThrow();
  }

  /** A product with one tile, ready to run on a device of its own. */
  private static final class Entrant implements AutoCloseable {
    private final Device opened;
    private final Scope scope;
    private final Tensor left;
    private final Tensor right;
    private final Compiled2<Tensor, Tensor, Tensor> product;
    private final int runs;

    Entrant(ClDevice device, Trial trial, TuningTable table) {
      Kernels kernels = new Kernels(device.traits(), table);
      ClBackend backend = new ClBackend(device, kernels, false, BinaryCache.configured());
      opened = Device.with(device.name(), backend, DeviceOptions.DEFAULT);
      scope = opened.open();
      // Zeros might be faster than what occurs.
      left = opened.key(1).uniform(trial.dtype(), Shape.of(trial.rows(), trial.depth()));
      right = opened.key(2).uniform(trial.dtype(), Shape.of(trial.depth(), trial.columns()));
      product = opened.compiler().compile(Tensor::matmul, left, right);
      runs = (int) Math.clamp(BATCH / trial.operations(), 1, MOST_RUNS);
      seconds();
    }

    /** {@return seconds of one product, from many in a row} */
    double seconds() {
      long start = System.nanoTime();
      for (int run = 0; run < runs; run++) {
        product.run(left, right).close();
      }
      return (System.nanoTime() - start) * 1e-9 / runs;
    }

    @Override
    public void close() {
      product.close();
      scope.close();
      opened.close();
    }
  }
}
