package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of the cosine from 0 to pi; dy/dx = -1 / sqrt((1 - x) (1 + x)). */
public record Acos() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::acos);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> Asin.slope(x).negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Acos(), 1, Sample.FLOATS, -0.9, 0.9);
  }
}
