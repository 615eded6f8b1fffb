package org.cotangent.benchmarks.digits;

import org.cotangent.Tensor;
import org.cotangent.type.DType;

/**
 * How a network does on some samples, computed on the device.
 *
 * @param predicted the most likely label of each sample, int64 {@code (n,)}
 * @param confusion how often each label (rows) was taken for each (columns), int64 {@code (10, 10)}
 */
record Evaluation(Tensor predicted, Tensor confusion) {

  static Evaluation of(Net net, Split samples) {
    Tensor predicted = net.logits(samples.x()).argmax(-1);
    Tensor truth = Net.oneHot(samples.y(), DType.INT64);
    return new Evaluation(predicted, truth.transpose().matmul(Net.oneHot(predicted, DType.INT64)));
  }
}
