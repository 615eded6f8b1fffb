package org.cotangent.testing;

/** What sliding windows mean; see {@link Meanings}. */
final class WindowMeanings {
  private WindowMeanings() {}

  static void define() {}
}
