package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = a / b} of floats; dy/da = 1/b, dy/db = -y/b. */
public record Divide() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Term::over);
  }

  @Override
  public Derivative derivative() {
    return Rules.partials(
        in -> in.b().apply(new IntegerPower(-1)), in -> in.y().over(in.b()).negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Divide(), 2, Sample.FLOATS, 0.5, 3);
  }
}
