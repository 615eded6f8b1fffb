package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = min(max(x, low), high)} with inputs (x, low, high), NaN if one is; so high where low
 * is above high. dy/dx is 1 between the bounds and at them, else 0; outside, the bound that is the
 * result has the derivative.
 */
public record Clamp() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.ternary(inputs, (x, low, high) -> x.max(low).min(high));
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Partials((builder, node, k) -> {
      Expr x = new Expr(builder, node.input(0));
      Expr low = new Expr(builder, node.input(1));
      Expr high = new Expr(builder, node.input(2));
      Expr chosen =
          switch (k) {
            case 0 -> notAbove(low, x).and(notAbove(x, high));
            case 1 -> below(x, low).and(notAbove(low, high));
            default -> below(high, x).or(below(high, low));
          };
      return chosen.where(x.full(1), x.full(0)).value();
    });
  }

  private static Expr below(Expr a, Expr b) {
    return a.compare(Compare.Kind.LESS, b);
  }

  private static Expr notAbove(Expr a, Expr b) {
    return a.compare(Compare.Kind.LESS_EQUAL, b);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Clamp(), 3, Sample.NUMBERS, -3, 3);
  }
}
