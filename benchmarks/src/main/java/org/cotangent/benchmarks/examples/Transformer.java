package org.cotangent.benchmarks.examples;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Attention;
import org.cotangent.nn.Embeddings;
import org.cotangent.nn.Initializers;
import org.cotangent.nn.Normalization;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** Two layers of attention that write a sequence of letters backwards. */
final class Transformer implements Task<Transformer.Model, Transformer.Nothing> {
  private static final int LETTERS = 12;
  private static final int LENGTH = 10;
  private static final int BATCH = 64;
  private static final int WIDTH = 48;
  private static final int HEADS = 4;
  private static final int LAYERS = 2;
  private static final double EPSILON = 1e-5;

  /** Samples are drawn, so there is no data. */
  record Nothing() {}

  /** Scale and shift of a normalisation, (48) each. */
  record Norm(Tensor weight, Tensor bias) {
    static Norm init(Device device) {
      return new Norm(device.ones(DType.FLOAT32, WIDTH), device.zeros(DType.FLOAT32, WIDTH));
    }

    Tensor apply(Tensor x) {
      return Normalization.layerNorm(x, weight, bias, EPSILON);
    }
  }

  /**
   * One layer: attention, then a perceptron, each added to what it was given.
   *
   * @param before norm before the attention
   * @param mix (48, 144): to queries, keys and values
   * @param out (48, 48)
   * @param between norm before the perceptron
   * @param up (48, 192)
   * @param down (192, 48)
   */
  record Layer(Norm before, Tensor mix, Tensor out, Norm between, Tensor up, Tensor down) {
    static Layer init(Key key) {
      Device device = key.data().device();
      return new Layer(
          Norm.init(device),
          matrix(key.fold(0), WIDTH, 3 * WIDTH),
          matrix(key.fold(1), WIDTH, WIDTH),
          Norm.init(device),
          matrix(key.fold(2), WIDTH, 4 * WIDTH),
          matrix(key.fold(3), 4 * WIDTH, WIDTH));
    }

    Tensor apply(Tensor x) {
      List<Tensor> parts =
          before.apply(x).matmul(mix).split(3, -1).stream().map(Layer::heads).toList();
      Tensor seen = Attention.attention(parts.get(0), parts.get(1), parts.get(2));
      Tensor mixed = x.add(seen.transpose(0, 2, 1, 3).reshape(x.shape().dims()).matmul(out));
      Tensor wide = Activations.geluTanh(between.apply(mixed).matmul(up));
      return mixed.add(wide.matmul(down));
    }

    /** (n, length, 48) as (n, heads, length, 12). */
    private static Tensor heads(Tensor x) {
      return x.reshape(x.shape().dim(0), LENGTH, HEADS, WIDTH / HEADS).transpose(0, 2, 1, 3);
    }
  }

  /**
   * The model.
   *
   * @param letters (12, 48)
   * @param places (10, 48)
   * @param layers of attention
   * @param last norm
   * @param out (48, 12)
   */
  record Model(Tensor letters, Tensor places, List<Layer> layers, Norm last, Tensor out) {}

  private static Tensor matrix(Key key, long in, long out) {
    return Initializers.lecunNormal(key, DType.FLOAT32, Shape.of(in, out), in);
  }

  @Override
  public Plan plan() {
    return new Plan("a transformer writes sequences of letters backwards", 0.99, 300, 3e-3);
  }

  @Override
  public Nothing data(Device device) {
    return new Nothing();
  }

  @Override
  public Model init(Key key) {
    return new Model(
        key.fold(0).normal(DType.FLOAT32, Shape.of(LETTERS, WIDTH)),
        key.fold(1).normal(DType.FLOAT32, Shape.of(LENGTH, WIDTH)),
        IntStream.range(0, LAYERS).mapToObj(i -> Layer.init(key.fold(2 + i))).toList(),
        Norm.init(key.data().device()),
        matrix(key.fold(9), WIDTH, LETTERS));
  }

  @Override
  public Batch batch(Nothing data, Key key) {
    return draw(key, BATCH);
  }

  @Override
  public Batch test(Nothing data, Key key) {
    return draw(key, 500);
  }

  private static Batch draw(Key key, int count) {
    Tensor x = key.randint(0, LETTERS, DType.INT64, Shape.of(count, LENGTH));
    return new Batch(x, x.flip(1));
  }

  @Override
  public Tensor logits(Model model, Tensor x) {
    Tensor h = Embeddings.embedding(model.letters(), x).add(model.places());
    for (Layer layer : model.layers()) {
      h = layer.apply(h);
    }
    return model.last().apply(h).matmul(model.out());
  }
}
