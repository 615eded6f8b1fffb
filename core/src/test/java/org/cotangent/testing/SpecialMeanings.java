package org.cotangent.testing;

/** What special functions mean; see {@link Meanings}. */
final class SpecialMeanings {
  private SpecialMeanings() {}

  static void define() {}
}
