package org.cotangent.benchmarks.jmh;

import org.openjdk.jmh.infra.BenchmarkParams;

/** JMH adds up what auxiliary counters say after each iteration; a mean is a sum of shares. */
final class Shares {
  private Shares() {}

  /** {@return what to multiply a figure by, so that JMH's sum is its mean} */
  static double of(BenchmarkParams params) {
    return 1.0 / (params.getMeasurement().getCount() * Math.max(1, params.getForks()));
  }
}
