package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = log(x) / log(10)}; dy/dx = 1 / (x log 10). */
public record Log10() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), Transcendental::log10);
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.full(1 / Math.log(10)).over(x));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Log10(), 1, Sample.FLOATS, 0.2, 3);
  }
}
