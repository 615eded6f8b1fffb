package org.cotangent.benchmarks.digits;

import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.cotangent.Compiled3;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.digits.Training.State;
import org.cotangent.benchmarks.digits.Training.Step;
import org.jspecify.annotations.Nullable;

/** The first compilation of the job's step, with all that it is compiled for at hand. */
public final class FirstStep implements AutoCloseable {
  private static final double TOLERANCE = 1e-4;

  private final Device device;
  private final Split train;
  private final State state;
  private @Nullable Compiled3<State, Split, Tensor, Step> step;

  /**
   * Reads the digits and draws the weights.
   *
   * @param name of the device
   */
  public FirstStep(String name) {
    device = Device.named(name);
    try (Scope scope = device.open()) {
      train = scope.keep(Data.load(device).train());
      state = scope.keep(State.start(device, 0));
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /** Traces the step and compiles it. */
  public void compile() {
    try (var _ = device.open()) {
      Tensor indices = device.tensor(new long[Training.BATCH]);
      step = device.compiler().donate(0).compile(Training::step, state, train, indices);
    }
  }

  /**
   * Takes one step and compares its loss with that of plain Java.
   *
   * @throws IllegalStateException if it is another, or nothing was compiled yet
   */
  public void check() {
    if (step == null) {
      throw new IllegalStateException("first step: nothing is compiled");
    }
    try (var _ = device.open()) {
      long[] batch = LongStream.range(0, Training.BATCH).toArray();
      double plain = plainLoss(batch);
      double loss = step.run(state, train, device.tensor(batch)).loss().item();
      // NaN is no answer either.
      if (!(Math.abs(loss - plain) <= TOLERANCE)) {
        throw new IllegalStateException("first step: the loss is " + loss + ", not " + plain);
      }
    }
  }

  /** Mean cross-entropy before the step, in loops of float64. */
  private double plainLoss(long[] batch) {
    float[] pixels = train.x().toFloatArray();
    long[] labels = train.y().toLongArray();
    double loss = 0;
    for (long sample : batch) {
      double[] x = new double[Net.PIXELS];
      for (int i = 0; i < x.length; i++) {
        x[i] = pixels[(int) sample * Net.PIXELS + i];
      }
      double[] hidden = layer(state.net().layers().get(0), x);
      double[] scores =
          layer(
              state.net().layers().get(1),
              DoubleStream.of(hidden).map(h -> Math.max(0, h)).toArray());
      double sum = DoubleStream.of(scores).map(Math::exp).sum();
      loss += Math.log(sum) - scores[(int) labels[(int) sample]];
    }
    return loss / batch.length;
  }

  private static double[] layer(Dense dense, double[] x) {
    float[] weights = dense.w().toFloatArray();
    float[] bias = dense.b().toFloatArray();
    double[] y = new double[bias.length];
    for (int j = 0; j < y.length; j++) {
      y[j] = bias[j];
      for (int i = 0; i < x.length; i++) {
        y[j] += x[i] * weights[i * y.length + j];
      }
    }
    return y;
  }

  /** Closes the device. */
  @Override
  public void close() {
    device.close();
  }
}
