package org.cotangent.op;

import java.util.Arrays;
import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/** {@code y = a / b} of floats; dy/da = 1/b, dy/db = -y/b. */
public record Divide() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Term::over);
  }

  /** By quotients rather than by factors: 1/b may overflow where t/b does not. */
  @Override
  public Derivative derivative() {
    return new Derivative.Own(Divide::jvp, Divide::vjp);
  }

  private static List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Expr b = new Expr(builder, node.input(1));
    Value ta = tangents.get(0);
    Value tb = tangents.get(1);
    Expr byA = ta == null ? null : new Expr(builder, ta).over(b);
    Expr byB = tb == null ? null : weighted(builder, node, tb);
    Expr sum = byA == null ? byB : byB == null ? byA : byA.minus(byB);
    boolean negated = byA == null && byB != null;
    return Rules.only(sum == null ? null : (negated ? sum.negative() : sum).value());
  }

  private static List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    Value ct = cotangents.getFirst();
    if (ct == null) {
      return Arrays.asList(null, null);
    }
    Expr byA = new Expr(builder, ct).over(new Expr(builder, node.input(1)));
    return Arrays.asList(byA.value(), weighted(builder, node, ct).negative().value());
  }

  /** {@code y * t / b}. */
  private static Expr weighted(GraphBuilder builder, Node node, Value direction) {
    return new Expr(builder, node.result())
        .times(new Expr(builder, direction).over(new Expr(builder, node.input(1))));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Divide(), 2, Sample.FLOATS, 0.5, 3);
  }
}
