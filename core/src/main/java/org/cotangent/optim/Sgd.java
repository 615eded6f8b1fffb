package org.cotangent.optim;

import java.util.List;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;

/**
 * Stochastic gradient descent, {@code p -= rate * g}; with momentum along {@code b = momentum * b +
 * (1 - dampening) * g}, which starts as g; with Nesterov's along {@code g + momentum * b}.
 *
 * @param rate the learning rate
 * @param momentum weight of the steps before; 0 for none
 * @param dampening of the gradient in the momentum
 * @param weightDecay times the parameter is added to the gradient
 * @param nesterov whether to look ahead
 */
public record Sgd(
    Schedule rate, double momentum, double dampening, double weightDecay, boolean nesterov)
    implements Optimizer {
  /** Checks the numbers. */
  public Sgd {
    Settings.atLeast("momentum", momentum, 0);
    Settings.from0("dampening", dampening, 1);
    Settings.atLeast("weightDecay", weightDecay, 0);
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new ArgumentException(
          "optimizer: Nesterov's momentum with momentum "
              + momentum
              + " and dampening "
              + dampening
              + "; it needs a momentum above 0 and no dampening");
    }
  }

  /**
   * {@return plain descent}
   *
   * @param rate the learning rate
   */
  public static Sgd of(double rate) {
    return of(Schedule.constant(rate));
  }

  /**
   * {@return plain descent}
   *
   * @param rate the learning rate
   */
  public static Sgd of(Schedule rate) {
    return new Sgd(rate, 0, 0, 0, false);
  }

  /**
   * {@return this with momentum}
   *
   * @param momentum weight of the steps before
   */
  public Sgd withMomentum(double momentum) {
    return new Sgd(rate, momentum, dampening, weightDecay, nesterov);
  }

  /**
   * {@return this with dampening}
   *
   * @param dampening of the gradient in the momentum
   */
  public Sgd withDampening(double dampening) {
    return new Sgd(rate, momentum, dampening, weightDecay, nesterov);
  }

  /**
   * {@return this with weight decay}
   *
   * @param weightDecay times the parameter is added to the gradient
   */
  public Sgd withWeightDecay(double weightDecay) {
    return new Sgd(rate, momentum, dampening, weightDecay, nesterov);
  }

  /**
   * {@return this with Nesterov's momentum}
   *
   * @param momentum weight of the steps before, above 0
   */
  public Sgd withNesterov(double momentum) {
    return new Sgd(rate, momentum, dampening, weightDecay, true);
  }

  @Override
  public List<Tensor> slots(Tensor parameter) {
    return momentum == 0 ? List.of() : List.of(parameter.zerosLike());
  }

  @Override
  public Moved move(
      Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step) {
    Leaves.slots(slots, momentum == 0 ? 0 : 1);
    Tensor slope = Formulas.decayed(gradient, parameter, weightDecay);
    if (momentum == 0) {
      return new Moved(parameter.sub(slope.mul(rate)), List.of());
    }
    Tensor before = slots.getFirst().mul(momentum);
    Tensor damped = dampening == 0 ? slope : slope.mul(1 - dampening);
    Tensor buffer = before.add(damped);
    if (dampening != 0) {
      buffer = step.equal(1).where(slope, buffer);
    }
    Tensor direction = nesterov ? slope.add(buffer.mul(momentum)) : buffer;
    return new Moved(parameter.sub(direction.mul(rate)), List.of(buffer));
  }
}
