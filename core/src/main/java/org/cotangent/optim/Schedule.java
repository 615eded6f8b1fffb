package org.cotangent.optim;

import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;

/** A learning rate that may change from step to step, as a tensor: a compiled step follows it. */
@FunctionalInterface
public interface Schedule {
  /**
   * {@return the rate, of the type of the steps}
   *
   * @param steps how many steps were made before, of rank 0; float64 where a parameter is, else
   *     float32
   */
  Tensor at(Tensor steps);

  /**
   * {@return the same rate always}
   *
   * @param rate not negative
   * @throws ArgumentException if it is negative or not finite
   */
  static Schedule constant(double rate) {
    Settings.atLeast("rate", rate, 0);
    return steps -> steps.fullLike(rate);
  }

  /**
   * {@return a rate multiplied with a factor after each step}
   *
   * @param rate of the first step
   * @param factor above 0, at most 1
   * @throws ArgumentException if one is out of range
   */
  static Schedule exponential(double rate, double factor) {
    Settings.atLeast("rate", rate, 0);
    Settings.above0("factor", factor, 1);
    return steps -> steps.mul(Math.log(factor)).exp().mul(rate);
  }

  /**
   * {@return a rate multiplied with a factor after every so many steps}
   *
   * @param rate of the first steps
   * @param factor above 0, at most 1
   * @param every number of steps
   * @throws ArgumentException if one is out of range
   */
  static Schedule stairs(double rate, double factor, int every) {
    Settings.atLeast("every", every, 1);
    Schedule smooth = exponential(rate, factor);
    return steps -> smooth.at(steps.div(every).floor());
  }

  /**
   * {@return a rate on a straight line from one value to another, which it keeps}
   *
   * @param from of the first step
   * @param to after so many steps
   * @param steps of the line
   * @throws ArgumentException if one is out of range
   */
  static Schedule linear(double from, double to, int steps) {
    Settings.atLeast("from", from, 0);
    Settings.atLeast("to", to, 0);
    Settings.atLeast("steps", steps, 1);
    return made -> made.fullLike(from).lerp(made.fullLike(to), part(made, steps));
  }

  /**
   * {@return a rate on half a wave of the cosine from one value to another, which it keeps}
   *
   * <p>After t of n steps it is {@code to + (from - to) (1 + cos(pi t / n)) / 2}. Loshchilov and
   * Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, without the
   * restarts.
   *
   * @param from of the first step
   * @param to after so many steps
   * @param steps of the half wave
   * @throws ArgumentException if one is out of range
   */
  static Schedule cosine(double from, double to, int steps) {
    Settings.atLeast("from", from, 0);
    Settings.atLeast("to", to, 0);
    Settings.atLeast("steps", steps, 1);
    return made -> {
      Tensor share = part(made, steps).mul(Math.PI).cos().add(1).mul(0.5);
      return made.fullLike(to).lerp(made.fullLike(from), share);
    };
  }

  /**
   * {@return this rate, after a straight rise to its first value}
   *
   * @param steps of the rise; the first has one part of so many
   * @throws ArgumentException if they are below 1
   */
  default Schedule warmedUp(int steps) {
    Settings.atLeast("steps", steps, 1);
    return made -> {
      Tensor rest = made.sub(steps).maximum(0);
      return Settings.rate(this, rest).mul(made.add(1).mul(1.0 / steps).minimum(1));
    };
  }

  private static Tensor part(Tensor made, int steps) {
    return made.div(steps).minimum(1);
  }
}
