package org.cotangent.optim;

import java.util.List;
import org.cotangent.Tensor;

/**
 * Adagrad (Duchi, Hazan and Singer, 2011): {@code p -= rate * g / (sqrt(s) + epsilon)} with the sum
 * s of all squared gradients.
 *
 * @param rate the learning rate
 * @param rateDecay the rate is divided by {@code 1 + rateDecay * steps}
 * @param weightDecay times the parameter is added to the gradient
 * @param initial what the sum starts from
 * @param epsilon keeps the divisor from 0
 */
public record Adagrad(
    Schedule rate, double rateDecay, double weightDecay, double initial, double epsilon)
    implements Optimizer {
  /** Checks the numbers. */
  public Adagrad {
    Settings.atLeast("rateDecay", rateDecay, 0);
    Settings.atLeast("weightDecay", weightDecay, 0);
    Settings.atLeast("initial", initial, 0);
    Settings.atLeast("epsilon", epsilon, 0);
  }

  /**
   * {@return Adagrad without decays, from 0, with epsilon 1e-10}
   *
   * @param rate the learning rate, usually 1e-2
   */
  public static Adagrad of(double rate) {
    return new Adagrad(Schedule.constant(rate), 0, 0, 0, 1e-10);
  }

  @Override
  public List<Tensor> slots(Tensor parameter) {
    return List.of(parameter.fullLike(initial));
  }

  @Override
  public Moved move(
      Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step) {
    Leaves.slots(slots, 1);
    Tensor slope = Formulas.decayed(gradient, parameter, weightDecay);
    Tensor sum = slots.getFirst().add(slope.square());
    Tensor decayed = rateDecay == 0 ? rate : rate.div(step.sub(1).mul(rateDecay).add(1));
    return new Moved(parameter.sub(slope.div(sum.sqrt().add(epsilon)).mul(decayed)), List.of(sum));
  }
}
