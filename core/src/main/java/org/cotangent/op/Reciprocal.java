package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = 1 / x}, correctly rounded; dy/dx = -y². */
public record Reciprocal() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), x -> x.literal(1L).over(x));
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> y.square().negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Reciprocal(), 1, Sample.FLOATS, 0.5, 3);
  }
}
