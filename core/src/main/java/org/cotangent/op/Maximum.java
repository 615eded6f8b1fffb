package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = max(a, b)}, NaN if either is; the derivative goes to the larger, ties share equally.
 */
public record Maximum() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Term::max);
  }

  @Override
  public Derivative derivative() {
    return Rules.extreme(Compare.Kind.GREATER);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Maximum(), 2, Sample.NUMBERS, -2, 2);
  }
}
