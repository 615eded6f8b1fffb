package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The quantile of the standard normal distribution, for x in (0, 1); dy/dx = √(2π) exp(y²/2). */
public record Ndtri() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::ndtri);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> y.square().times(0.5).exp().times(Math.sqrt(2 * Math.PI)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Ndtri(), 1, Sample.FLOATS, 0.1, 0.9);
  }
}
