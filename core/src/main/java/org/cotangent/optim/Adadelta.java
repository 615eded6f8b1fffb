package org.cotangent.optim;

import java.util.List;
import org.cotangent.Tensor;

/**
 * Adadelta (Zeiler, 2012): {@code p -= rate * d} with {@code d = g sqrt(u + epsilon) / sqrt(v +
 * epsilon)} and the running means v of squared gradients and u of squared d.
 *
 * @param rate the learning rate
 * @param rho weight of the past in the means
 * @param epsilon keeps the roots from 0
 * @param weightDecay times the parameter is added to the gradient
 */
public record Adadelta(Schedule rate, double rho, double epsilon, double weightDecay)
    implements Optimizer {
  /** Checks the numbers. */
  public Adadelta {
    Settings.below1("rho", rho);
    Settings.atLeast("epsilon", epsilon, 0);
    Settings.atLeast("weightDecay", weightDecay, 0);
  }

  /**
   * {@return Adadelta with rho 0.9, epsilon 1e-6, no decay}
   *
   * @param rate the learning rate, usually 1
   */
  public static Adadelta of(double rate) {
    return new Adadelta(Schedule.constant(rate), 0.9, 1e-6, 0);
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
    Tensor square = Formulas.mean(slots.get(0), slope.square(), rho);
    Tensor delta = slots.get(1).add(epsilon).sqrt().div(square.add(epsilon).sqrt()).mul(slope);
    Tensor moves = Formulas.mean(slots.get(1), delta.square(), rho);
    return new Moved(parameter.sub(delta.mul(rate)), List.of(square, moves));
  }
}
