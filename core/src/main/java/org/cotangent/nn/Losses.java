package org.cotangent.nn;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/**
 * Losses. Each returns the mean, of rank 0, as PyTorch's do; with {@link LossReduction} also the
 * sum or the single losses. Logits are numbers before softmax or sigmoid. Classes are on the last
 * axis.
 */
public final class Losses {
  private Losses() {}

  /**
   * {@return the mean of minus the log of the probability of the right class}
   *
   * @param logits float, (..., C)
   * @param targets int32 or int64 (...), the classes; or float like the logits, probabilities
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if logits or targets have another dtype
   */
  @Peers(jax = "optax.softmax_cross_entropy", torch = "F.cross_entropy")
  public static Tensor softmaxCrossEntropy(Tensor logits, Tensor targets) {
    return softmaxCrossEntropy(logits, targets, LossReduction.MEAN);
  }

  /**
   * {@return minus the log of the probability of the right class, (...) before it is reduced}
   *
   * @param logits float, (..., C)
   * @param targets int32 or int64 (...), the classes; or float like the logits, probabilities
   * @param reduction what becomes of the single losses
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if logits or targets have another dtype
   */
  public static Tensor softmaxCrossEntropy(Tensor logits, Tensor targets, LossReduction reduction) {
    String name = "softmaxCrossEntropy";
    Functions.floating(name, logits);
    return classes(name, logits, targets, reduction, Tensor::logSoftmax);
  }

  /**
   * {@return the mean of minus the entry of the right class}
   *
   * @param logProbabilities float, (..., C), such as of {@link Tensor#logSoftmax}
   * @param targets int32 or int64 (...), the classes
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if an argument has another dtype
   */
  @Peers(torch = "F.nll_loss")
  public static Tensor nllLoss(Tensor logProbabilities, Tensor targets) {
    return nllLoss(logProbabilities, targets, LossReduction.MEAN);
  }

  /**
   * {@return minus the entry of the right class, (...) before it is reduced}
   *
   * @param logProbabilities float, (..., C), such as of {@link Tensor#logSoftmax}
   * @param targets int32 or int64 (...), the classes
   * @param reduction what becomes of the single losses
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if an argument has another dtype
   */
  public static Tensor nllLoss(Tensor logProbabilities, Tensor targets, LossReduction reduction) {
    String name = "nllLoss";
    Functions.floating(name, logProbabilities);
    Functions.required(name, "tensor of targets", targets);
    if (targets.dtype().isFloating()) {
      throw new DTypeException(
          name + ": the targets " + targets.type() + " are no classes; cast them to int64");
    }
    return classes(name, logProbabilities, targets, reduction, (x, axis) -> x);
  }

  private static Tensor classes(
      String name,
      Tensor x,
      Tensor targets,
      LossReduction reduction,
      BiFunction<Tensor, Integer, Tensor> logs) {
    Functions.required(name, "tensor of targets", targets);
    Functions.required(name, "reduction", reduction);
    if (x.rank() == 0) {
      throw new ShapeException(name + ": " + x.type() + " has no axis of classes; pass (..., C)");
    }
    int axis = x.rank() - 1;
    if (targets.dtype().isFloating()) {
      Functions.same(name, "tensor of targets", targets, x.dtype());
      Functions.shaped(name, "tensor of targets", targets, x.shape());
      return Functions.call(
          name,
          List.of("distribution", reduction),
          in -> reduction.apply(logs.apply(in.get(0), axis).mul(in.get(1)).sum(axis).neg()),
          x,
          targets);
    }
    Functions.shaped(
        name, "tensor of targets", targets, Shape.of(Arrays.copyOf(x.shape().dims(), axis)));
    return Functions.call(
        name,
        List.of("classes", reduction),
        in ->
            reduction.apply(
                logs.apply(in.get(0), axis)
                    .takeAlongAxis(in.get(1).expandDims(axis), axis)
                    .squeeze(axis)
                    .neg()),
        x,
        targets);
  }

  /**
   * {@return the mean of {@code -t log p - (1 - t) log (1 - p)}, with p = sigmoid(logit)}
   *
   * @param logits float, of any shape
   * @param targets t of the same type, from 0 to 1
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "optax.sigmoid_binary_cross_entropy", torch = "F.binary_cross_entropy_with_logits")
  public static Tensor binaryCrossEntropyWithLogits(Tensor logits, Tensor targets) {
    return binaryCrossEntropyWithLogits(logits, targets, LossReduction.MEAN);
  }

  /**
   * {@return {@code -t log p - (1 - t) log (1 - p)}, with p = sigmoid(logit), which is computed as
   * softplus(logit) - t logit}
   *
   * @param logits float, of any shape
   * @param targets t of the same type, from 0 to 1
   * @param reduction what becomes of the single losses
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor logits, Tensor targets, LossReduction reduction) {
    return pairs(
        "binaryCrossEntropyWithLogits",
        "",
        logits,
        targets,
        reduction,
        (x, t) -> x.softplus().sub(t.mul(x)));
  }

  /**
   * {@return the mean squared error}
   *
   * @param predictions float, of any shape
   * @param targets of the same type
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "optax.squared_error", torch = "F.mse_loss")
  public static Tensor mse(Tensor predictions, Tensor targets) {
    return mse(predictions, targets, LossReduction.MEAN);
  }

  /**
   * {@return the squared error}
   *
   * @param predictions float, of any shape
   * @param targets of the same type
   * @param reduction what becomes of the single losses
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public static Tensor mse(Tensor predictions, Tensor targets, LossReduction reduction) {
    return pairs("mse", "", predictions, targets, reduction, (x, t) -> x.sub(t).square());
  }

  /**
   * {@return the mean of Huber's loss: half the square of the error up to delta, linear beyond}
   *
   * @param predictions float, of any shape
   * @param targets of the same type
   * @param delta where it becomes linear, above 0; PyTorch's is 1
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "optax.huber_loss", torch = "F.huber_loss")
  public static Tensor huber(Tensor predictions, Tensor targets, double delta) {
    return huber(predictions, targets, delta, LossReduction.MEAN);
  }

  /**
   * {@return Huber's loss: half the square of the error up to delta, linear beyond}
   *
   * @param predictions float, of any shape
   * @param targets of the same type
   * @param delta where it becomes linear, above 0; PyTorch's is 1
   * @param reduction what becomes of the single losses
   * @throws ShapeException if the shapes differ
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public static Tensor huber(
      Tensor predictions, Tensor targets, double delta, LossReduction reduction) {
    Functions.positive("huber", "delta", delta);
    return pairs(
        "huber",
        delta,
        predictions,
        targets,
        reduction,
        (x, t) -> {
          Tensor size = x.sub(t).abs();
          Tensor square = size.minimum(delta);
          return square.square().mul(0.5).add(size.sub(square).mul(delta));
        });
  }

  private static Tensor pairs(
      String name,
      Object attributes,
      Tensor x,
      Tensor targets,
      LossReduction reduction,
      BinaryOperator<Tensor> loss) {
    Functions.floating(name, x);
    Functions.same(name, "tensor of targets", targets, x.dtype());
    Functions.shaped(name, "tensor of targets", targets, x.shape());
    Functions.required(name, "reduction", reduction);
    return Functions.call(
        name,
        List.of(attributes, reduction),
        in -> reduction.apply(loss.apply(in.get(0), in.get(1))),
        x,
        targets);
  }
}
