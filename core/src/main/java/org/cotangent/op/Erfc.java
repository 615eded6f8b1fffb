package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** 1 - erf(x); dy/dx = -2 exp(-x²) / √π. */
public record Erfc() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::erfc);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.square().negative().exp().times(-2 / Math.sqrt(Math.PI)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Erfc(), 1, Sample.FLOATS, -2.5, 2.5);
  }
}
