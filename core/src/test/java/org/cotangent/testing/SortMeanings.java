package org.cotangent.testing;

/** What sorting and searching mean; see {@link Meanings}. */
final class SortMeanings {
  private SortMeanings() {}

  static void define() {}
}
