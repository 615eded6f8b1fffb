package org.cotangent.benchmarks.engine;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cotangent.Compiled1;
import org.cotangent.Compiled3;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.error.DeviceException;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Normalization;

/** This engine, with compiled functions. */
public class CotangentEngine implements Engine {
  /** Made by the service loader. */
  public CotangentEngine() {}

  @Override
  public String name() {
    return "cotangent";
  }

  @Override
  public List<String> devices() {
    return List.of("cpu", "opencl", "cuda");
  }

  @Override
  public Optional<String> unavailable(String device) {
    try (Device _ = Device.named(device)) {
      return Optional.empty();
    } catch (DeviceException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public String description(String device) {
    try (Device opened = Device.named(device)) {
      return opened.description();
    }
  }

  /**
   * Vectors take over once C2 has compiled them, which on two cores takes 2 to 3 seconds for one
   * kernel, and more for a step of many. On one core the compiler shares it with what runs.
   */
  @Override
  public int warmUps(Task task) {
    // Of several kernels, each becomes faster in its turn.
    int several = task instanceof Perceptron || task instanceof Chain ? 40 : 16;
    return Runtime.getRuntime().availableProcessors() == 1 ? 3 * several : several;
  }

  @Override
  public boolean does(Task task) {
    return true;
  }

  @Override
  public Computation open(String device, Task task) {
    Device opened = Device.named(device);
    try {
      return on(opened, task);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * {@return a task, ready to run}
   *
   * @param device where; closed with it
   * @param task any
   */
  public Computation on(Device device, Task task) {
    if (task instanceof Import file) {
      return Computation.reading(file, device::load, Tensor::close, Tensor::toHost, device::close);
    }
    try (Scope scope = device.open()) {
      List<Tensor> inputs = task.inputs().stream().map(device::tensor).map(scope::keep).toList();
      Supplier<Tensor> prepared = prepare(device, task, inputs);
      return Computation.keeping(
          () -> {
            Tensor result = prepared.get();
            // What is timed is over when the device says so.
            device.synchronize();
            return result;
          },
          Tensor::close,
          Tensor::toHost,
          device::close);
    }
  }

  private Supplier<Tensor> prepare(Device device, Task task, List<Tensor> inputs) {
    return switch (task) {
      case Addition addition ->
          ready(
              device,
              inputs,
              in ->
                  switch (addition.operands()) {
                    case SAME, ROW, COLUMN -> in.get(0).add(in.get(1));
                    case SCALAR -> in.get(0).add(Addition.SCALAR);
                    case STRIDED -> in.get(0).add(in.get(1).transpose());
                  });
      case Product product ->
          ready(
              device,
              inputs,
              in ->
                  switch (product.transposed()) {
                    case NONE -> in.get(0).matmul(in.get(1));
                    case LEFT -> transposed(in.get(0)).matmul(in.get(1));
                    case RIGHT -> in.get(0).matmul(transposed(in.get(1)));
                  });
      case Chain chain -> ready(device, inputs, in -> chain(chain.kind(), in));
      case Perceptron _ -> perceptron(device, inputs);
      case Import _ -> throw new IllegalArgumentException(task.title());
    };
  }

  private static Tensor transposed(Tensor matrices) {
    return matrices.swapAxes(-1, -2);
  }

  Supplier<Tensor> ready(
      Device device, List<Tensor> inputs, Function<List<Tensor>, Tensor> function) {
    Compiled1<List<Tensor>, Tensor> compiled =
        device.compiler().name("task").compile(function, inputs);
    return () -> compiled.run(inputs);
  }

  private static Tensor chain(Chain.Kind kind, List<Tensor> in) {
    return switch (kind) {
      case GELU -> Activations.geluTanh(in.get(0));
      case SOFTMAX -> in.get(0).softmax(1);
      case LAYER_NORM -> Normalization.layerNorm(in.get(0), in.get(1), in.get(2), Chain.EPSILON);
    };
  }

  /** What a step leaves: weights and biases in turns. */
  record Step(List<Tensor> weights, Tensor loss) {}

  Supplier<Tensor> perceptron(Device device, List<Tensor> inputs) {
    Tensor x = inputs.get(0);
    Tensor labels = inputs.get(1);
    List<Tensor> start = inputs.subList(2, inputs.size());
    Compiled3<List<Tensor>, Tensor, Tensor, Step> step =
        device.compiler().donate(0).name("step").compile(CotangentEngine::step, start, x, labels);
    return new Supplier<>() {
      private List<Tensor> weights = start;

      @Override
      public Tensor get() {
        Step done = step.run(weights, x, labels);
        weights = done.weights();
        return done.loss();
      }
    };
  }

  static Step step(List<Tensor> weights, Tensor x, Tensor labels) {
    var loss = Cotangent.valueAndGrad(at -> loss(at, x, labels), weights);
    List<Tensor> next = Trees.map(weights, loss.grad(), (w, g) -> w.sub(g.mul(Perceptron.RATE)));
    return new Step(next, loss.value());
  }

  private static Tensor loss(List<Tensor> weights, Tensor x, Tensor labels) {
    Tensor h = x;
    for (int i = 0; i < weights.size(); i += 2) {
      h = h.matmul(weights.get(i)).add(weights.get(i + 1));
      h = i + 2 < weights.size() ? h.relu() : h;
    }
    return h.logSoftmax(1).mul(labels).sum(1).mean().neg();
  }
}
