package org.cotangent.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.cotangent.Compiled2;
import org.cotangent.Cotangent;
import org.cotangent.Cotangent.ValueAndGrad;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.task.Inputs;
import org.cotangent.type.HostArray;

/** What value and gradient of an objective take, beside the value alone. */
public final class GradientWork {
  /** An objective, in the size that is timed. */
  public enum Subject {
    /** Mixture of 25 Gaussians in 10 dimensions, 1000 samples. */
    MIXTURE,
    /** Long short-term memory of width 64 over 200 steps. */
    LSTM,
    /** Bundle adjustment of 50 cameras and 2000 points, 10,000 observations. */
    BUNDLE;

    Objective objective() {
      return switch (this) {
        case MIXTURE -> new Mixture(10, 25, 1000);
        case LSTM -> new Lstm(200, 64, 64, 16);
        case BUNDLE -> new Bundle(50, 2000, 10_000);
      };
    }
  }

  /** What is computed. */
  public enum What {
    /** The value. */
    VALUE,
    /** Value and gradient, by {@link Cotangent#valueAndGrad}. */
    GRADIENT
  }

  /** Of central differences, in float64. */
  private static final double STEP = 1e-5;

  private GradientWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   * @param subject the objective
   * @param what is computed of it
   * @throws IllegalStateException if it is not what plain Java says
   */
  public static Work cotangent(String device, Subject subject, What what) {
    return OnDevice.open(
        device, (opened, scope) -> prepare(opened, scope, subject.objective(), what));
  }

  private static Runnable prepare(Device device, Scope scope, Objective objective, What what) {
    List<Tensor> parameters = scope.keep(tensors(device, objective.parameters()));
    List<Tensor> data = scope.keep(tensors(device, objective.data()));
    return switch (what) {
      case VALUE -> {
        var value = value(device, objective, parameters, data);
        Runnable run = reading(device, () -> value.run(parameters, data));
        checkValue(objective, value.run(parameters, data).item());
        yield run;
      }
      case GRADIENT -> {
        var gradient = gradient(device, objective, parameters, data);
        check(objective, gradient.run(parameters, data));
        yield reading(device, () -> gradient.run(parameters, data).value());
      }
    };
  }

  /** Reads the value, which waits for it, and frees it. */
  private static Runnable reading(Device device, Supplier<Tensor> run) {
    return () -> {
      try (var _ = device.open()) {
        double value = run.get().item();
        if (Double.isNaN(value)) {
          throw new IllegalStateException("gradient: the value is no number");
        }
      }
    };
  }

  static List<Tensor> tensors(Device device, List<HostArray> arrays) {
    return arrays.stream().map(device::tensor).toList();
  }

  static Compiled2<List<Tensor>, List<Tensor>, Tensor> value(
      Device device, Objective objective, List<Tensor> parameters, List<Tensor> data) {
    return device.compiler().name("value").compile(objective::value, parameters, data);
  }

  static Compiled2<List<Tensor>, List<Tensor>, ValueAndGrad<List<Tensor>>> gradient(
      Device device, Objective objective, List<Tensor> parameters, List<Tensor> data) {
    return device
        .compiler()
        .name("gradient")
        .compile(
            (at, given) -> Cotangent.<List<Tensor>>valueAndGrad(p -> objective.value(p, given), at),
            parameters,
            data);
  }

  static List<double[]> doubles(List<HostArray> arrays) {
    return arrays.stream().map(Inputs::doubles).toList();
  }

  private static void checkValue(Objective objective, double value) {
    double plain = objective.plain(doubles(objective.parameters()), doubles(objective.data()));
    require(objective, "value", value, plain, Math.abs(plain));
  }

  /** The value, and the slope along the signs of each part of the gradient. */
  static void check(Objective objective, ValueAndGrad<List<Tensor>> found) {
    checkValue(objective, found.value().item());
    List<double[]> at = doubles(objective.parameters());
    List<double[]> data = doubles(objective.data());
    for (int i = 0; i < at.size(); i++) {
      double[] gradient = Inputs.doubles(found.grad().get(i).toHost());
      double[] direction = new double[gradient.length];
      double slope = 0;
      for (int j = 0; j < gradient.length; j++) {
        direction[j] = Math.signum(gradient[j]);
        slope += Math.abs(gradient[j]);
      }
      double up = objective.plain(moved(at, i, direction, STEP), data);
      double down = objective.plain(moved(at, i, direction, -STEP), data);
      require(objective, "slope by parameter " + i, slope, (up - down) / (2 * STEP), slope);
    }
  }

  private static List<double[]> moved(
      List<double[]> arrays, int number, double[] direction, double by) {
    List<double[]> all = new ArrayList<>(arrays);
    double[] moved = arrays.get(number).clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += by * direction[i];
    }
    all.set(number, moved);
    return all;
  }

  private static void require(
      Objective objective, String what, double found, double plain, double scale) {
    // NaN is no answer either.
    if (!(Math.abs(found - plain) <= objective.tolerance() * scale)) {
      throw new IllegalStateException(
          "%s: the %s is %s, not %s".formatted(objective, what, found, plain));
    }
  }
}
