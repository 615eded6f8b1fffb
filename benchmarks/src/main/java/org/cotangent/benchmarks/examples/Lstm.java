package org.cotangent.benchmarks.examples;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.nn.Initializers;
import org.cotangent.nn.Recurrent;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** A recurrent cell that says after each bit whether the ones so far are odd in number. */
final class Lstm implements Task<Lstm.Model, Transformer.Nothing> {
  private static final int LENGTH = 20;
  private static final int BATCH = 64;
  private static final int WIDTH = 32;

  /**
   * The model.
   *
   * @param cell four gates
   * @param out (32, 2)
   */
  record Model(Recurrent.Weights cell, Tensor out) {}

  @Override
  public Plan plan() {
    return new Plan("a recurrent net follows the parity of bits", 0.99, 300, 1e-2);
  }

  @Override
  public Transformer.Nothing data(Device device) {
    return new Transformer.Nothing();
  }

  @Override
  public Model init(Key key) {
    Device device = key.data().device();
    Shape square = Shape.of(4L * WIDTH, WIDTH);
    return new Model(
        new Recurrent.Weights(
            Initializers.lecunUniform(key.fold(0), DType.FLOAT32, Shape.of(4L * WIDTH, 1), 1),
            Initializers.lecunUniform(key.fold(1), DType.FLOAT32, square, WIDTH),
            device.zeros(DType.FLOAT32, 4L * WIDTH),
            device.zeros(DType.FLOAT32, 4L * WIDTH)),
        Initializers.lecunNormal(key.fold(2), DType.FLOAT32, Shape.of(WIDTH, 2), WIDTH));
  }

  @Override
  public Batch batch(Transformer.Nothing data, Key key) {
    return draw(key, BATCH);
  }

  @Override
  public Batch test(Transformer.Nothing data, Key key) {
    return draw(key, 500);
  }

  private static Batch draw(Key key, int count) {
    Tensor bits = key.randint(0, 2, DType.INT64, Shape.of(count, LENGTH));
    return new Batch(bits.cast(DType.FLOAT32), bits.cumsum(1).remainder(2));
  }

  @Override
  public Tensor logits(Model model, Tensor x) {
    Tensor still = x.sum().zerosLike().broadcastTo(x.shape().dim(0), WIDTH);
    Recurrent.LstmState state = new Recurrent.LstmState(still, still);
    List<Tensor> outputs = new ArrayList<>();
    for (int t = 0; t < LENGTH; t++) {
      state = Recurrent.lstm(x.slice(1, t, t + 1), state, model.cell());
      outputs.add(state.hidden());
    }
    return Tensor.stack(1, outputs.toArray(Tensor[]::new)).matmul(model.out());
  }
}
