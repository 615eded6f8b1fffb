package org.cotangent.testing;

/** What reductions and scans mean; see {@link Meanings}. */
final class ReductionMeanings {
  private ReductionMeanings() {}

  static void define() {}
}
