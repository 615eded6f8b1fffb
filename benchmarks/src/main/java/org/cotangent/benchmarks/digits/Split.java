package org.cotangent.benchmarks.digits;

import org.cotangent.Tensor;

/**
 * Samples to train or to test with.
 *
 * @param x pixels from 0 to 1, float32 {@code (n, 64)}
 * @param y labels from 0 to 9, int64 {@code (n,)}
 */
public record Split(Tensor x, Tensor y) {

  /** {@code (k,)} indices to the {@code k} samples there. */
  Split take(Tensor indices) {
    return new Split(x.take(indices, 0), y.take(indices, 0));
  }

  int size() {
    return Math.toIntExact(y.size());
  }
}
