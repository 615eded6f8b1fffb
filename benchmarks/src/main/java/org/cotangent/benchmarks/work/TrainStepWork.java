package org.cotangent.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Compiled3;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * One whole step of a perceptron 784-512-256-10 on a batch of 128: forward, softmax cross-entropy,
 * gradient, SGD, with donated state. 0.3 GFLOP of matmul.
 */
public final class TrainStepWork {
  private static final long[] SIZES = {784, 512, 256, 10};
  private static final long BATCH = 128;

  /** A layer. */
  public record Dense(Tensor w, Tensor b) {}

  private TrainStepWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   */
  public static Work cotangent(String device) {
    return OnDevice.open(device, TrainStepWork::prepare);
  }

  private static Runnable prepare(Device device, Scope scope) {
    Key key = device.key(1);
    List<Dense> layers = new ArrayList<>();
    for (int i = 0; i + 1 < SIZES.length; i++) {
      Shape shape = Shape.of(SIZES[i], SIZES[i + 1]);
      layers.add(
          new Dense(
              key.fold(i).normal(DType.FLOAT32, shape).mul(Math.sqrt(2.0 / SIZES[i])),
              device.zeros(DType.FLOAT32, SIZES[i + 1])));
    }
    List<Dense> net = scope.keep(List.copyOf(layers));
    Tensor x = scope.keep(key.fold(10).normal(DType.FLOAT32, Shape.of(BATCH, SIZES[0])));
    Tensor labels = scope.keep(device.full(DType.FLOAT32, 0.1, BATCH, SIZES[SIZES.length - 1]));
    Compiled3<List<Dense>, Tensor, Tensor, List<Dense>> step =
        device.compiler().donate(0).name("step").compile(TrainStepWork::step, net, x, labels);
    return new Runnable() {
      private List<Dense> weights = net;

      @Override
      public void run() {
        weights = step.run(weights, x, labels);
      }
    };
  }

  private static List<Dense> step(List<Dense> net, Tensor x, Tensor labels) {
    List<Dense> grad = Cotangent.grad(layers -> loss(layers, x, labels), net);
    return Trees.map(net, grad, (w, g) -> w.sub(g.mul(0.01)));
  }

  static Tensor loss(List<Dense> net, Tensor x, Tensor labels) {
    Tensor h = x;
    for (int i = 0; i < net.size(); i++) {
      h = h.matmul(net.get(i).w()).add(net.get(i).b());
      h = i + 1 < net.size() ? h.relu() : h;
    }
    return h.logSoftmax(1).mul(labels).sum().neg().div(BATCH);
  }
}
