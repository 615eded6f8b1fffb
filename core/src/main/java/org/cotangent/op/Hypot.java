package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** {@code y = sqrt(a² + b²)}; dy/da = a / y, dy/db = b / y, 0 where y is. */
public record Hypot() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Transcendental::hypot);
  }

  @Override
  public Derivative derivative() {
    return Rules.partials(in -> share(in.a(), in.y()), in -> share(in.b(), in.y()));
  }

  private static Expr share(Expr side, Expr y) {
    Expr none = y.compare(Compare.Kind.EQUAL, y.full(0));
    return none.where(y.full(0), side.over(none.where(y.full(1), y)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Hypot(), 2, Sample.FLOATS, 0.3, 2);
  }
}
