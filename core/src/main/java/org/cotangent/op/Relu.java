package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = max(x, 0)}, NaN stays NaN; dy/dx = 1 for x > 0, else 0, also at 0. */
public record Relu() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), x -> x.notAbove(x.literal(0L)).select(x.literal(0L), x));
  }

  @Override
  public Derivative derivative() {
    return Rules.partial(
        (x, y) -> x.compare(Compare.Kind.GREATER, x.full(0)).where(x.full(1), x.full(0)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Relu(), 1, Sample.NUMBERS, -2, 2);
  }
}
