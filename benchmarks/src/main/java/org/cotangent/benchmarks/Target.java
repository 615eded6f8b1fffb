package org.cotangent.benchmarks;

import java.util.Locale;

/**
 * What a figure ought to be.
 *
 * @param bound which side is good
 * @param value that counts as good too
 */
record Target(Bound bound, double value) {
  /** A side. */
  enum Bound {
    AT_LEAST,
    AT_MOST
  }

  static Target atLeast(double value) {
    return new Target(Bound.AT_LEAST, value);
  }

  static Target atMost(double value) {
    return new Target(Bound.AT_MOST, value);
  }

  boolean met(double figure) {
    return switch (bound) {
      case AT_LEAST -> figure >= value;
      case AT_MOST -> figure <= value;
    };
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "at %s %.2f", bound == Bound.AT_LEAST ? "least" : "most", value);
  }
}
