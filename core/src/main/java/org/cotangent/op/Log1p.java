package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = log(1 + x)}; dy/dx = 1 / (1 + x). */
public record Log1p() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::log1p);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.plus(1).reciprocal());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Log1p(), 1, Sample.FLOATS, -0.5, 3);
  }
}
