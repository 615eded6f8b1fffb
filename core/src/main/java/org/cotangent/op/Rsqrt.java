package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = 1 / √x} with two roundings, NaN below 0, infinity of the zero's sign at 0; dy/dx =
 * -y³/2.
 */
public record Rsqrt() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), x -> x.literal(1L).over(x.sqrt()));
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> y.square().times(y).times(-0.5));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Rsqrt(), 1, Sample.FLOATS, 0.3, 4);
  }
}
