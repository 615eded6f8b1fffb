package org.cotangent.nn;

import java.util.List;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/** One step of recurrent networks, with PyTorch's formulas and order of gates. */
public final class Recurrent {
  private Recurrent() {}

  /**
   * Weights of a cell; a tree. G is 1 for {@link #rnn}, 3 for {@link #gru}, 4 for {@link #lstm}.
   *
   * @param input (G H, I), of the input
   * @param hidden (G H, H), of the hidden state
   * @param inputBias (G H)
   * @param hiddenBias (G H)
   */
  public record Weights(Tensor input, Tensor hidden, Tensor inputBias, Tensor hiddenBias) {}

  /**
   * State of {@link #lstm}; a tree.
   *
   * @param hidden (N, H), its output
   * @param cell (N, H)
   */
  public record LstmState(Tensor hidden, Tensor cell) {}

  /**
   * {@return the next hidden state of Elman's network, {@code tanh(W x + b + U h + c)}}
   *
   * @param x float, (N, I)
   * @param hidden (N, H)
   * @param weights with one block of H rows
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "flax.nnx.SimpleCell", torch = "nn.RNNCell")
  public static Tensor rnn(Tensor x, Tensor hidden, Weights weights) {
    require("rnn", x, hidden, weights, 1);
    return Functions.call(
        "rnn", "", in -> inputs(in).add(hiddens(in)).tanh(), tensors(x, hidden, weights));
  }

  /**
   * {@return the next hidden state of a gated recurrent unit} The blocks are reset r, update z and
   * new n, {@code n = tanh(W x + b + r (U h + c))}, and the result is {@code (1 - z) n + z h}.
   *
   * @param x float, (N, I)
   * @param hidden (N, H)
   * @param weights with three blocks of H rows
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "flax.nnx.GRUCell", torch = "nn.GRUCell")
  public static Tensor gru(Tensor x, Tensor hidden, Weights weights) {
    require("gru", x, hidden, weights, 3);
    return Functions.call(
        "gru",
        "",
        in -> {
          Tensor fromInput = inputs(in);
          Tensor fromHidden = hiddens(in);
          Tensor reset = block(fromInput, 0, 3).add(block(fromHidden, 0, 3)).sigmoid();
          Tensor update = block(fromInput, 1, 3).add(block(fromHidden, 1, 3)).sigmoid();
          Tensor fresh = block(fromInput, 2, 3).add(reset.mul(block(fromHidden, 2, 3))).tanh();
          return fresh.add(update.mul(in.get(1).sub(fresh)));
        },
        tensors(x, hidden, weights));
  }

  /**
   * {@return the next state of a long short-term memory} The blocks are input i, forget f, cell g
   * and output o; {@code cell = f cell + i g} and {@code hidden = o tanh(cell)}, with tanh for g
   * and sigmoid for the others.
   *
   * @param x float, (N, I)
   * @param state the one before
   * @param weights with four blocks of H rows
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "flax.nnx.LSTMCell", torch = "nn.LSTMCell")
  public static LstmState lstm(Tensor x, LstmState state, Weights weights) {
    Functions.required("lstm", "state", state);
    require("lstm", x, state.hidden(), weights, 4);
    Functions.same("lstm", "cell state", state.cell(), x.dtype());
    Functions.shaped("lstm", "cell state", state.cell(), state.hidden().shape());
    Tensor gates =
        Functions.wide(
            "lstm",
            "gates",
            in -> inputs(in).add(hiddens(in)),
            tensors(x, state.hidden(), weights));
    Tensor cell = Functions.call("lstm", "cell", Recurrent::cell, state.cell(), gates);
    Tensor hidden =
        Functions.call(
            "lstm",
            "hidden",
            in -> block(in.get(1), 3, 4).sigmoid().mul(cell(in).tanh()),
            state.cell(),
            gates);
    return new LstmState(hidden, cell);
  }

  /** From the cell before and the gates. */
  private static Tensor cell(List<Tensor> in) {
    Tensor kept = block(in.get(1), 1, 4).sigmoid().mul(in.get(0));
    return kept.add(block(in.get(1), 0, 4).sigmoid().mul(block(in.get(1), 2, 4).tanh()));
  }

  private static Tensor[] tensors(Tensor x, Tensor hidden, Weights weights) {
    return new Tensor[] {
      x, hidden, weights.input(), weights.hidden(), weights.inputBias(), weights.hiddenBias()
    };
  }

  private static Tensor inputs(List<Tensor> in) {
    return in.get(0).matmul(in.get(2).transpose()).add(in.get(4));
  }

  private static Tensor hiddens(List<Tensor> in) {
    return in.get(1).matmul(in.get(3).transpose()).add(in.get(5));
  }

  private static Tensor block(Tensor gates, int number, int count) {
    long width = gates.shape().dim(1) / count;
    return gates.slice(1, number * width, (number + 1) * width);
  }

  private static void require(String name, Tensor x, Tensor hidden, Weights weights, int blocks) {
    Functions.floating(name, x);
    Functions.required(name, "weights", weights);
    Functions.same(name, "hidden state", hidden, x.dtype());
    if (x.rank() != 2 || hidden.rank() != 2) {
      throw new ShapeException(
          "%s: x is %s and the hidden state %s; both need 2 axes, batch and features"
              .formatted(name, x.type(), hidden.type()));
    }
    long height = hidden.shape().dim(1);
    Functions.shaped(name, "hidden state", hidden, Shape.of(x.shape().dim(0), height));
    long rows = Math.multiplyExact(blocks, height);
    for (Tensor each : List.of(weights.inputBias(), weights.hiddenBias())) {
      Functions.same(name, "bias", each, x.dtype());
      Functions.shaped(name, "bias", each, Shape.of(rows));
    }
    Functions.same(name, "weight of the input", weights.input(), x.dtype());
    Functions.shaped(
        name, "weight of the input", weights.input(), Shape.of(rows, x.shape().dim(1)));
    Functions.same(name, "weight of the hidden state", weights.hidden(), x.dtype());
    Functions.shaped(name, "weight of the hidden state", weights.hidden(), Shape.of(rows, height));
  }
}
