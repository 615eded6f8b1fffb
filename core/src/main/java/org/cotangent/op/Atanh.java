package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of tanh; dy/dx = 1 / ((1 - x) (1 + x)). */
public record Atanh() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::atanh);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.full(1).minus(x).times(x.plus(1)).reciprocal());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Atanh(), 1, Sample.FLOATS, -0.8, 0.8);
  }
}
