package org.cotangent.optim;

import java.util.List;
import org.cotangent.Tensor;

/**
 * Adam (Kingma and Ba, 2015): {@code p -= rate * m / (sqrt(v) + epsilon)} with running means m of
 * the gradient and v of its square, both corrected for their start at 0. AMSGrad (Reddi, Kale and
 * Kumar, 2018) divides by the largest v so far. AdamW (Loshchilov and Hutter, 2019) shrinks the
 * parameter instead of adding the decay to the gradient.
 *
 * @param rate the learning rate
 * @param beta1 weight of the past in m
 * @param beta2 weight of the past in v
 * @param epsilon keeps the divisor from 0
 * @param weightDecay strength of the decay
 * @param decoupled whether the decay is AdamW's
 * @param amsgrad whether the divisor never shrinks
 */
public record Adam(
    Schedule rate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean decoupled,
    boolean amsgrad)
    implements Optimizer {
  /** Checks the numbers. */
  public Adam {
    Settings.below1("beta1", beta1);
    Settings.below1("beta2", beta2);
    Settings.atLeast("epsilon", epsilon, 0);
    Settings.atLeast("weightDecay", weightDecay, 0);
  }

  /**
   * {@return Adam with beta 0.9 and 0.999, epsilon 1e-8, no decay}
   *
   * @param rate the learning rate, usually 1e-3
   */
  public static Adam of(double rate) {
    return of(Schedule.constant(rate));
  }

  /**
   * {@return Adam with beta 0.9 and 0.999, epsilon 1e-8, no decay}
   *
   * @param rate the learning rate
   */
  public static Adam of(Schedule rate) {
    return new Adam(rate, 0.9, 0.999, 1e-8, 0, false, false);
  }

  /**
   * {@return AdamW with decay 0.01, else as {@link #of(double)}}
   *
   * @param rate the learning rate, usually 1e-3
   */
  public static Adam decoupled(double rate) {
    return of(rate).withDecoupledWeightDecay(0.01);
  }

  /**
   * {@return this with other weights of the past}
   *
   * @param beta1 in the mean of gradients
   * @param beta2 in the mean of their squares
   */
  public Adam withBetas(double beta1, double beta2) {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay, decoupled, amsgrad);
  }

  /**
   * {@return this with another epsilon}
   *
   * @param epsilon keeps the divisor from 0
   */
  public Adam withEpsilon(double epsilon) {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay, decoupled, amsgrad);
  }

  /**
   * {@return this with a decay that is added to the gradient}
   *
   * @param weightDecay strength of the decay
   */
  public Adam withWeightDecay(double weightDecay) {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay, false, amsgrad);
  }

  /**
   * {@return this with AdamW's decay}
   *
   * @param weightDecay strength of the decay
   */
  public Adam withDecoupledWeightDecay(double weightDecay) {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay, true, amsgrad);
  }

  /** {@return this as AMSGrad} */
  public Adam withAmsgrad() {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay, decoupled, true);
  }

  @Override
  public List<Tensor> slots(Tensor parameter) {
    Tensor zeros = parameter.zerosLike();
    return amsgrad
        ? List.of(zeros, parameter.zerosLike(), parameter.zerosLike())
        : List.of(zeros, parameter.zerosLike());
  }

  @Override
  public Moved move(
      Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step) {
    Leaves.slots(slots, amsgrad ? 3 : 2);
    Tensor kept = parameter;
    Tensor slope = gradient;
    if (decoupled && weightDecay != 0) {
      kept = parameter.sub(parameter.mul(rate.mul(weightDecay)));
    } else {
      slope = Formulas.decayed(gradient, parameter, weightDecay);
    }
    Tensor mean = Formulas.mean(slots.get(0), slope, beta1);
    Tensor square = Formulas.mean(slots.get(1), slope.square(), beta2);
    Tensor largest = amsgrad ? slots.get(2).maximum(square) : square;
    Tensor divisor = largest.sqrt().div(Formulas.bias(beta2, step).sqrt()).add(epsilon);
    Tensor moved = kept.sub(mean.div(divisor).mul(rate.div(Formulas.bias(beta1, step))));
    return new Moved(moved, amsgrad ? List.of(mean, square, largest) : List.of(mean, square));
  }
}
