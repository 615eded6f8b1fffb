package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The angle of the point (b, a), from -pi to pi; dy/da = b / (a² + b²), dy/db = -a / (a² + b²),
 * both 0 at the origin.
 */
public record Atan2() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Transcendental::atan2);
  }

  @Override
  public Derivative derivative() {
    return Rules.partials(
        in -> share(in.b(), in.a(), in.b()), in -> share(in.a(), in.a(), in.b()).negative());
  }

  /** side / (a² + b²), where the squares may over- or underflow. */
  private static Expr share(Expr side, Expr a, Expr b) {
    Expr distance = a.apply(new Hypot(), b);
    Expr none = distance.compare(Compare.Kind.EQUAL, distance.full(0));
    Expr divisor = none.where(distance.full(1), distance);
    return side.over(divisor).over(divisor);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Atan2(), 2, Sample.FLOATS, 0.3, 2);
  }
}
