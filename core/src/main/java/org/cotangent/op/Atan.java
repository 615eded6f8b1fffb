package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The inverse of the tangent from -pi / 2 to pi / 2; dy/dx = 1 / (1 + x²). */
public record Atan() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::atan);
  }

  @Override
  public Derivative derivative() {
    // The square of 1 / sqrt(1 + x²), as x² may overflow.
    return Rules.partial((x, y) -> x.apply(new Hypot(), x.full(1)).reciprocal().square());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Atan(), 1, Sample.FLOATS, -3, 3);
  }
}
