package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = a + t (b - a)} with inputs (a, b, t); dy/da = 1 - t, dy/db = t, dy/dt = b - a.
 *
 * <p>From t = 1/2 on it starts at b, so that it reaches b at 1 as it leaves a at 0. Each is one
 * fused multiply-add of the rounded difference; 1 - t has no rounding up to t = 2.
 */
public record Lerp() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.ternary(inputs, Lerp::lerp);
  }

  private static Term lerp(Term a, Term b, Term t) {
    Term nearA = t.below(t.literal(0.5));
    Term weight = nearA.select(t, t.minus(t.literal(1L)));
    return weight.fma(b.minus(a), nearA.select(a, b));
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Partials((builder, node, k) -> {
      Expr a = new Expr(builder, node.input(0));
      Expr b = new Expr(builder, node.input(1));
      Expr t = new Expr(builder, node.input(2));
      return switch (k) {
        case 0 -> t.full(1).minus(t).value();
        case 1 -> t.value();
        default -> b.minus(a).value();
      };
    });
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Lerp(), 3, Sample.FLOATS, -2, 2);
  }
}
