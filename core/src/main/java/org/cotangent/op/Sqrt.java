package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = √x}, correctly rounded, NaN below 0; dy/dx = 1 / (2y). */
public record Sqrt() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Term::sqrt);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> y.full(0.5).over(y));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Sqrt(), 1, Sample.FLOATS, 0.3, 4);
  }
}
