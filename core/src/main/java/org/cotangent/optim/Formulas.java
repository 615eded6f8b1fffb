package org.cotangent.optim;

import org.cotangent.Tensor;

/** Formulas that several optimisers share. */
final class Formulas {
  private Formulas() {}

  /** {@return the gradient of a loss with a penalty on the square of the parameter} */
  static Tensor decayed(Tensor gradient, Tensor parameter, double weight) {
    return weight == 0 ? gradient : gradient.add(parameter.mul(weight));
  }

  /** {@return a running mean: weight of what it was, the rest of what is new} */
  static Tensor mean(Tensor before, Tensor fresh, double weight) {
    return before.mul(weight).add(fresh.mul(1 - weight));
  }

  /**
   * {@return 1 - weight^step, by which a running mean that started at 0 is too small}
   *
   * @param step from 1
   */
  static Tensor bias(double weight, Tensor step) {
    return weight == 0 ? step.onesLike() : step.mul(Math.log(weight)).expm1().neg();
  }
}
