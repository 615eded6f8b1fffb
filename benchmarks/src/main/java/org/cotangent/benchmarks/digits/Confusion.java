package org.cotangent.benchmarks.digits;

import java.util.stream.IntStream;
import org.cotangent.Tensor;

/**
 * How often each digit was taken for each.
 *
 * @param counts in row-major order: the true digit, then the predicted one
 * @param classes how many digits there are
 */
record Confusion(long[] counts, int classes) {

  static Confusion of(Tensor table) {
    return new Confusion(table.toLongArray(), Math.toIntExact(table.shape().dim(0)));
  }

  long count(int truth, int predicted) {
    return counts[truth * classes + predicted];
  }

  long total() {
    return java.util.Arrays.stream(counts).sum();
  }

  double accuracy() {
    return (double) IntStream.range(0, classes).mapToLong(i -> count(i, i)).sum() / total();
  }
}
