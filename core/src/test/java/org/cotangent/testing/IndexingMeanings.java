package org.cotangent.testing;

/** What gathering and scattering mean; see {@link Meanings}. */
final class IndexingMeanings {
  private IndexingMeanings() {}

  static void define() {}
}
