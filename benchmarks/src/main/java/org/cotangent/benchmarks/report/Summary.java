package org.cotangent.benchmarks.report;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.cotangent.benchmarks.Results;

/**
 * Of a figure's values, one for each round.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param least the smallest
 * @param most the largest
 * @param rounds how many values there are
 */
public record Summary(double median, double least, double most, int rounds) {
  /**
   * {@return the summary of values, empty if there is none}
   *
   * @param values what is not finite is left out
   */
  public static Optional<Summary> of(DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0
        ? Optional.empty()
        : Optional.of(
            new Summary(
                Results.median(Arrays.stream(sorted)),
                sorted[0],
                sorted[sorted.length - 1],
                sorted.length));
  }
}
