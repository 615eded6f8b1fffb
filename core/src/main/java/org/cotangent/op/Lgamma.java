package org.cotangent.op;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Op;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** The logarithm of |gamma(x)|; dy/dx = digamma(x). */
public record Lgamma() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::lgamma);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.apply(new Polygamma(0)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    Op op = new Lgamma();
    return Stream.of(
            Sample.elementwise(op, 1, Sample.FLOATS, 0.3, 4),
            Sample.elementwise(op, 1, Sample.FLOATS, -3.7, -3.3))
        .flatMap(List::stream)
        .toList();
  }
}
