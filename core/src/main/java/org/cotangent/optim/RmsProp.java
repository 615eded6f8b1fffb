package org.cotangent.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Tensor;

/**
 * RMSprop (Tieleman and Hinton, 2012): {@code p -= rate * g / (sqrt(v) + epsilon)} with the running
 * mean v of the squared gradient, from which, where centred, the square of the mean gradient is
 * taken; with momentum along {@code b = momentum * b + g / (sqrt(v) + epsilon)}.
 *
 * @param rate the learning rate
 * @param alpha weight of the past in the means
 * @param epsilon keeps the divisor from 0
 * @param weightDecay times the parameter is added to the gradient
 * @param momentum weight of the steps before; 0 for none
 * @param centered whether v is the variance
 */
public record RmsProp(
    Schedule rate,
    double alpha,
    double epsilon,
    double weightDecay,
    double momentum,
    boolean centered)
    implements Optimizer {
  /** Checks the numbers. */
  public RmsProp {
    Settings.below1("alpha", alpha);
    Settings.atLeast("epsilon", epsilon, 0);
    Settings.atLeast("weightDecay", weightDecay, 0);
    Settings.atLeast("momentum", momentum, 0);
  }

  /**
   * {@return RMSprop with alpha 0.99, epsilon 1e-8, no decay, no momentum, not centred}
   *
   * @param rate the learning rate, usually 1e-2
   */
  public static RmsProp of(double rate) {
    return new RmsProp(Schedule.constant(rate), 0.99, 1e-8, 0, 0, false);
  }

  /**
   * {@return this with momentum}
   *
   * @param momentum weight of the steps before
   */
  public RmsProp withMomentum(double momentum) {
    return new RmsProp(rate, alpha, epsilon, weightDecay, momentum, centered);
  }

  /** {@return this with the variance in the divisor} */
  public RmsProp withCentering() {
    return new RmsProp(rate, alpha, epsilon, weightDecay, momentum, true);
  }

  @Override
  public List<Tensor> slots(Tensor parameter) {
    return Stream.generate(parameter::zerosLike).limit(slotCount()).toList();
  }

  private int slotCount() {
    return 1 + (centered ? 1 : 0) + (momentum == 0 ? 0 : 1);
  }

  @Override
  public Moved move(
      Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step) {
    Leaves.slots(slots, slotCount());
    Tensor slope = Formulas.decayed(gradient, parameter, weightDecay);
    List<Tensor> next = new ArrayList<>();
    Tensor square = Formulas.mean(slots.getFirst(), slope.square(), alpha);
    next.add(square);
    Tensor variance = square;
    if (centered) {
      Tensor mean = Formulas.mean(slots.get(1), slope, alpha);
      next.add(mean);
      variance = square.sub(mean.square());
    }
    Tensor scaled = slope.div(variance.sqrt().add(epsilon));
    if (momentum != 0) {
      scaled = slots.getLast().mul(momentum).add(scaled);
      next.add(scaled);
    }
    return new Moved(parameter.sub(scaled.mul(rate)), next);
  }
}
