package org.cotangent.benchmarks.digits;

import java.util.List;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.type.DType;

/**
 * The model: dense layers with a ReLU between them. Being a record of tensors it is a tree, so it
 * can be differentiated, compiled over and donated as a whole.
 *
 * @param layers from pixels to classes
 */
record Net(List<Dense> layers) {
  static final int PIXELS = 64;
  static final int HIDDEN = 64;
  static final int CLASSES = 10;

  /** A fresh network: equal keys give equal weights. */
  static Net init(Key key) {
    return new Net(
        List.of(Dense.init(key.fold(0), PIXELS, HIDDEN), Dense.init(key.fold(1), HIDDEN, CLASSES)));
  }

  /** {@code (n, 64) -> (n, 10)}. */
  Tensor logits(Tensor x) {
    Tensor h = layers.getFirst().apply(x);
    for (Dense layer : layers.subList(1, layers.size())) {
      h = layer.apply(h.relu());
    }
    return h;
  }

  /** Mean cross-entropy of {@code (n, 64)} pixels with {@code (n,)} labels. */
  Tensor loss(Tensor x, Tensor y) {
    Tensor likelihoods = logits(x).logSoftmax(-1);
    return likelihoods.mul(oneHot(y, x.dtype())).sum(-1).mean().neg();
  }

  /** {@code (n,) -> (n, 10)}: 1 at the label, 0 elsewhere. */
  static Tensor oneHot(Tensor labels, DType dtype) {
    Tensor classes = labels.device().arange(labels.dtype(), CLASSES);
    return labels.reshape(-1, 1).equal(classes).cast(dtype);
  }
}
