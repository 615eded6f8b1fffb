package org.cotangent.benchmarks.task;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * A whole step of training a perceptron 784-512-256-10 in float32 on a batch of 128: forward with
 * ReLU, mean softmax cross-entropy, its gradient, and {@code w - 0.01 g} for all weights. Each run
 * goes on with the weights of the one before. The result is the loss before the step.
 */
public record Perceptron() implements Task {
  /** Sizes of the layers. */
  public static final List<Long> SIZES = List.of(784L, 512L, 256L, 10L);

  /** Rows of the batch. */
  public static final long BATCH = 128;

  /** What gradients are multiplied by. */
  public static final double RATE = 0.01;

  private static final int CHECKED = 3;

  @Override
  public String suite() {
    return "TrainStep";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    return Inputs.map();
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  /** {@return batch, labels with a 1 in each row, then weights and bias of each layer} */
  @Override
  public List<HostArray> inputs() {
    List<HostArray> inputs = new ArrayList<>();
    inputs.add(Inputs.uniform(DType.FLOAT32, 1, BATCH, SIZES.getFirst()));
    long classes = SIZES.getLast();
    HostArray labels = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(BATCH, classes)));
    for (long row = 0; row < BATCH; row++) {
      labels.set(row * classes + row * 7 % classes, 1f);
    }
    inputs.add(labels);
    for (int i = 0; i + 1 < SIZES.size(); i++) {
      long fanIn = SIZES.get(i);
      HostArray weights = Inputs.uniform(DType.FLOAT32, 2 + i, fanIn, SIZES.get(i + 1));
      // As He et al. have it: of variance 2 / fan-in, where uniform in -1 to 1 has 1/3.
      float scale = (float) Math.sqrt(6.0 / fanIn);
      for (long at = 0; at < weights.type().shape().size(); at++) {
        weights.set(at, (Float) weights.get(at) * scale);
      }
      inputs.add(weights);
      inputs.add(HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(SIZES.get(i + 1)))));
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
  public double expected(List<HostArray> inputs, int run, long index) {
    PlainPerceptron net = new PlainPerceptron(inputs);
    double loss = net.step();
    for (int i = 0; i < run; i++) {
      loss = net.step();
    }
    return loss;
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
    for (int i = 0; i + 1 < SIZES.size(); i++) {
      products += (i == 0 ? 2.0 : 3.0) * SIZES.get(i) * SIZES.get(i + 1);
    }
    return 2 * BATCH * products;
  }
}
