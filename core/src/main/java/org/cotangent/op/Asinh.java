package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of sinh; dy/dx = 1 / sqrt(x² + 1). */
public record Asinh() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::asinh);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.apply(new Hypot(), x.full(1)).reciprocal());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Asinh(), 1, Sample.FLOATS, -3, 3);
  }
}
