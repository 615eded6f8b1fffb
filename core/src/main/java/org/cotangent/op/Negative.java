package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = -x}; dy/dx = -1. Flips the sign bit of floats, wraps integers. */
public record Negative() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Term::negate);
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Negative(), 1, Sample.NUMBERS, -2, 2);
  }
}
