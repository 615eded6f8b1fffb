package org.cotangent.benchmarks.task;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * A whole step of training a perceptron in float32 on a batch: forward with ReLU, mean softmax
 * cross-entropy, its gradient, and {@code w - 0.01 g} for all weights. Each run goes on with the
 * weights of the one before. The result is the loss before the step.
 *
 * @param net of which sizes
 */
public record Perceptron(Net net) implements Task {
  /** Sizes of layers and batch. */
  public enum Net {
    /** For images of 28 x 28 as MNIST has them: 784-512-256-10 on 128 rows. */
    MNIST(128, 784, 512, 256, 10),
    /** That of the digits example: 64-64-10 on 32 rows; overhead counts more than arithmetic. */
    DIGITS(32, 64, 64, 10);

    private final long batch;

    @SuppressWarnings("ImmutableEnumChecker") // The list cannot be changed.
    private final List<Long> sizes;

    Net(long batch, long... sizes) {
      this.batch = batch;
      this.sizes = LongStream.of(sizes).boxed().toList();
    }
  }

  /** What gradients are multiplied by. */
  public static final double RATE = 0.01;

  private static final int CHECKED = 3;

  @Override
  public String suite() {
    return "TrainStep";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    return Inputs.map("net", net);
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  /** {@return batch, labels with a 1 in each row, then weights and bias of each layer} */
  @Override
  public List<HostArray> inputs() {
    List<HostArray> inputs = new ArrayList<>();
    inputs.add(Inputs.uniform(DType.FLOAT32, 1, net.batch, net.sizes.getFirst()));
    inputs.add(Inputs.labels(net.batch, net.sizes.getLast()));
    for (int i = 0; i + 1 < net.sizes.size(); i++) {
      long fanIn = net.sizes.get(i);
      // As He et al. have it: of variance 2 / fan-in, where uniform in -1 to 1 has 1/3.
      double most = Math.sqrt(6.0 / fanIn);
      inputs.add(Inputs.uniform(DType.FLOAT32, -most, most, 2 + i, fanIn, net.sizes.get(i + 1)));
      inputs.add(Inputs.zeros(DType.FLOAT32, net.sizes.get(i + 1)));
    }
    return List.copyOf(inputs);
  }

  @Override
  public Shape shape() {
    return Shape.SCALAR;
  }

  @Override
  public int runs() {
    return CHECKED;
  }

  @Override
  public Reference reference() {
    PlainPerceptron net = new PlainPerceptron(inputs());
    double[] losses = DoubleStream.generate(net::step).limit(CHECKED).toArray();
    return (run, _) -> losses[run];
  }

  @Override
  public double tolerance() {
    return 1e-4;
  }

  /**
   * {@return those of the products: forward, and backward for weights and, but once, for inputs}
   */
  @Override
  public double flop() {
    double products = 0;
    for (int i = 0; i + 1 < net.sizes.size(); i++) {
      products += (i == 0 ? 2.0 : 3.0) * net.sizes.get(i) * net.sizes.get(i + 1);
    }
    return 2 * net.batch * products;
  }
}
