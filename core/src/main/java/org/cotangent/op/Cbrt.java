package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The cube root; dy/dx = 1 / (3 y²). */
public record Cbrt() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::cbrt);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> y.square().times(3).reciprocal());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Cbrt(), 1, Sample.FLOATS, 0.5, 3);
  }
}
