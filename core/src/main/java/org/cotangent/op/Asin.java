package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of the sine from -pi / 2 to pi / 2; dy/dx = 1 / sqrt((1 - x) (1 + x)). */
public record Asin() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::asin);
  }

  @Override
  public Derivative derivative() {
    // Not 1 - x², which cancels near 1.
    return Rules.partial((x, y) -> slope(x));
  }

  /** {@return the derivative at x} */
  static Expr slope(Expr x) {
    Expr one = x.full(1);
    return one.minus(x).times(one.plus(x)).apply(new Rsqrt());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Asin(), 1, Sample.FLOATS, -0.9, 0.9);
  }
}
