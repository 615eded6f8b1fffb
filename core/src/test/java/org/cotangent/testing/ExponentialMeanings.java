package org.cotangent.testing;

/** What exponentials, logarithms, powers and hyperbolic functions mean; see {@link Meanings}. */
final class ExponentialMeanings {
  private ExponentialMeanings() {}

  static void define() {}
}
