package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = |x|}; dy/dx = sign(x), 0 at 0. The smallest integer is its own absolute value. */
public record Abs() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Term::abs);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.sign());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Abs(), 1, Sample.NUMBERS, -2, 2);
  }
}
