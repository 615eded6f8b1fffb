package org.cotangent.optim;

import java.util.List;
import org.cotangent.Tensor;

/**
 * Adamax (Kingma and Ba, 2015): {@code p -= rate * m / u} with the running mean m of the gradient,
 * corrected for its start at 0, and {@code u = max(beta2 * u, |g| + epsilon)}.
 *
 * @param rate the learning rate
 * @param beta1 weight of the past in m
 * @param beta2 weight of the past in u
 * @param epsilon keeps the divisor from 0
 * @param weightDecay times the parameter is added to the gradient
 */
public record Adamax(Schedule rate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  /** Checks the numbers. */
  public Adamax {
    Settings.below1("beta1", beta1);
    Settings.below1("beta2", beta2);
    Settings.atLeast("epsilon", epsilon, 0);
    Settings.atLeast("weightDecay", weightDecay, 0);
  }

  /**
   * {@return Adamax with beta 0.9 and 0.999, epsilon 1e-8, no decay}
   *
   * @param rate the learning rate, usually 2e-3
   */
  public static Adamax of(double rate) {
    return new Adamax(Schedule.constant(rate), 0.9, 0.999, 1e-8, 0);
  }

  @Override
  public List<Tensor> slots(Tensor parameter) {
    return List.of(parameter.zerosLike(), parameter.zerosLike());
  }

  @Override
  public Moved move(
      Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step) {
    Leaves.slots(slots, 2);
    Tensor slope = Formulas.decayed(gradient, parameter, weightDecay);
    Tensor mean = Formulas.mean(slots.get(0), slope, beta1);
    Tensor largest = slots.get(1).mul(beta2).maximum(slope.abs().add(epsilon));
    Tensor moved = parameter.sub(mean.div(largest).mul(rate.div(Formulas.bias(beta1, step))));
    return new Moved(moved, List.of(mean, largest));
  }
}
