package org.cotangent.benchmarks.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.cotangent.Compiled3;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One whole step of a perceptron 784-512-256-10 on a batch of 128: forward, softmax cross-entropy,
 * gradient, SGD, with donated state. 0.3 GFLOP of matmul.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 5,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TrainStep {
  /** A layer. */
  public record Dense(Tensor w, Tensor b) {}

  private static final long[] SIZES = {784, 512, 256, 10};
  private static final long BATCH = 128;

  /** Which device. */
  @Param("cpu")
  public String device = "cpu";

  private record Setting(
      Device device,
      Tensor x,
      Tensor labels,
      Compiled3<List<Dense>, Tensor, Tensor, List<Dense>> step) {}

  private @Nullable Setting setting;
  private List<Dense> net = List.of();

  /** Makes data, weights and program. */
  @Setup
  public void open() {
    Device opened = Device.named(device);
    Key key = opened.key(1);
    List<Dense> layers = new ArrayList<>();
    for (int i = 0; i + 1 < SIZES.length; i++) {
      Shape shape = Shape.of(SIZES[i], SIZES[i + 1]);
      layers.add(
          new Dense(
              key.fold(i).normal(DType.FLOAT32, shape).mul(Math.sqrt(2.0 / SIZES[i])),
              opened.zeros(DType.FLOAT32, SIZES[i + 1])));
    }
    net = List.copyOf(layers);
    Tensor x = key.fold(10).normal(DType.FLOAT32, Shape.of(BATCH, SIZES[0]));
    Tensor labels = opened.full(DType.FLOAT32, 0.1, BATCH, SIZES[SIZES.length - 1]);
    setting =
        new Setting(
            opened,
            x,
            labels,
            opened.compiler().donate(0).compile(TrainStep::step, net, x, labels));
  }

  private static List<Dense> step(List<Dense> net, Tensor x, Tensor labels) {
    List<Dense> grad = Cotangent.grad(layers -> loss(layers, x, labels), net);
    return Trees.map(net, grad, (w, g) -> w.sub(g.mul(0.01)));
  }

  private static Tensor loss(List<Dense> net, Tensor x, Tensor labels) {
    Tensor h = x;
    for (int i = 0; i < net.size(); i++) {
      h = h.matmul(net.get(i).w()).add(net.get(i).b());
      h = i + 1 < net.size() ? h.relu() : h;
    }
    return h.logSoftmax(1).mul(labels).sum().neg().div(BATCH);
  }

  /** {@return the next weights} The weights before are donated. */
  @Benchmark
  public List<Dense> cotangent() {
    net = known().step().run(net, known().x(), known().labels());
    return net;
  }

  private Setting known() {
    return Objects.requireNonNull(setting, "JMH calls open first");
  }

  /** Closes the device. */
  @TearDown
  public void close() {
    known().device().close();
  }
}
