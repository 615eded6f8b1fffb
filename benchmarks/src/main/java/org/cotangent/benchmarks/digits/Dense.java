package org.cotangent.benchmarks.digits;

import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * A layer: {@code x w + b}.
 *
 * @param w weights, {@code (inputs, outputs)}
 * @param b bias, {@code (outputs,)}
 */
record Dense(Tensor w, Tensor b) {

  /** Normal weights of variance 2 / inputs, which suits a ReLU behind them (He et al., 2015). */
  static Dense init(Key key, long inputs, long outputs) {
    Tensor w = key.normal(DType.FLOAT32, Shape.of(inputs, outputs)).mul(Math.sqrt(2.0 / inputs));
    return new Dense(w, w.device().zeros(DType.FLOAT32, outputs));
  }

  /** {@code (n, inputs) -> (n, outputs)}. */
  Tensor apply(Tensor x) {
    return x.matmul(w).add(b);
  }
}
