package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** -1 below 0, 1 above, 0 at 0 and at -0, NaN of NaN; derivative 0 everywhere, also at 0. */
public record Sign() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Sign::sign);
  }

  private static Term sign(Term x) {
    Term zero = x.literal(0L);
    // x - x is +0 of both zeros, and NaN of NaN.
    Term neither = x.minus(x);
    return x.below(zero).select(x.literal(-1L), zero.below(x).select(x.literal(1L), neither));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Sign(), 1, Sample.NUMBERS, -2, 2);
  }
}
