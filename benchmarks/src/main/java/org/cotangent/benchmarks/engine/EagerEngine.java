package org.cotangent.benchmarks.engine;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;

/** This engine, op by op, as in a debugger or a first draft. */
public final class EagerEngine extends CotangentEngine {
  /** Made by the service loader. */
  public EagerEngine() {}

  @Override
  public String name() {
    return "cotangent-eager";
  }

  @Override
  Supplier<Tensor> ready(
      Device device, List<Tensor> inputs, Function<List<Tensor>, Tensor> function) {
    return () -> {
      try (Scope scope = device.open()) {
        return scope.keep(function.apply(inputs));
      }
    };
  }

  @Override
  Supplier<Tensor> perceptron(Device device, List<Tensor> inputs) {
    Tensor x = inputs.get(0);
    Tensor labels = inputs.get(1);
    return new Supplier<>() {
      private List<Tensor> weights = inputs.subList(2, inputs.size());

      @Override
      public Tensor get() {
        try (Scope scope = device.open()) {
          Step done = scope.keep(step(weights, x, labels));
          weights.forEach(Tensor::close);
          weights = done.weights();
          return done.loss();
        }
      }
    };
  }
}
