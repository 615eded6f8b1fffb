package org.cotangent.testing;

/** What trigonometric functions mean; see {@link Meanings}. */
final class TrigonometricMeanings {
  private TrigonometricMeanings() {}

  static void define() {}
}
