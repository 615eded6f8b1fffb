package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of cosh from 0 on; dy/dx = 1 / sqrt((x - 1) (x + 1)). */
public record Acosh() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::acosh);
  }

  @Override
  public Derivative derivative() {
    // Root by root, as the product may overflow.
    return Rules.partial(
        (x, y) -> x.plus(-1).apply(new Rsqrt()).times(x.plus(1).apply(new Rsqrt())));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Acosh(), 1, Sample.FLOATS, 1.2, 3);
  }
}
