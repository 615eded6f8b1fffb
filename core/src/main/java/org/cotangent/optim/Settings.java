package org.cotangent.optim;

import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;

/** Checks of numbers that optimisers are made with. */
final class Settings {
  private Settings() {}

  static double atLeast(String name, double value, double least) {
    if (!(value >= least) || Double.isInfinite(value)) {
      throw new ArgumentException(
          "optimizer: " + name + " is " + value + "; it is finite and at least " + least);
    }
    return value;
  }

  static double from0(String name, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new ArgumentException(
          "optimizer: " + name + " is " + value + "; it lies from 0 to " + most);
    }
    return value;
  }

  static double above0(String name, double value, double most) {
    if (!(value > 0 && value <= most)) {
      throw new ArgumentException(
          "optimizer: " + name + " is " + value + "; it is above 0 and at most " + most);
    }
    return value;
  }

  /** For the weights of running means. */
  static double below1(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new ArgumentException(
          "optimizer: " + name + " is " + value + "; it is at least 0 and below 1");
    }
    return value;
  }

  /** {@return the rate that a schedule gives, which users may have written} */
  static Tensor rate(Schedule schedule, Tensor steps) {
    Tensor rate = schedule.at(steps);
    if (rate == null) {
      throw new ArgumentException(
          "optimizer: the schedule returned null; return a tensor of rank 0");
    }
    return rate;
  }
}
