package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = exp(x) / sum(exp(x))} along an axis, shifted by the largest element so that nothing
 * overflows; jvp and vjp are {@code y (t - sum(y t))}.
 *
 * @param axis along which the results are normalised
 */
public record Softmax(int axis) implements Composite {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Rules.requireAxes(this, inputs.getFirst().shape(), List.of(axis));
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public List<Value> expand(GraphBuilder builder, List<Value> inputs) {
    Expr x = new Expr(builder, inputs.getFirst());
    if (x.shape().size() == 0) {
      return inputs;
    }
    List<Integer> axes = List.of(axis);
    Expr shifted = x.minus(x.apply(new Max(axes)).expand(x.shape(), axes));
    Expr powers = shifted.exp();
    Expr total = powers.apply(new Sum(axes));
    return List.of(powers.over(total.expand(x.shape(), axes)).value());
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Softmax(axis + 1));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    return symmetric(builder, node, tangents.getFirst());
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    return symmetric(builder, node, cotangents.getFirst());
  }

  /** The Jacobian is symmetric: one formula serves both directions. */
  private List<@Nullable Value> symmetric(
      GraphBuilder builder, Node node, @Nullable Value direction) {
    if (direction == null) {
      return Rules.only(null);
    }
    Expr y = new Expr(builder, node.result());
    Expr t = new Expr(builder, direction);
    return Rules.only(y.times(t.minus(y.times(t).sumAlong(axis))).value());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.FLOATS.stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .filter(shape -> shape.rank() > 0)
                .map(shape ->
                    Sample.of(new Softmax(shape.rank() / 2), Sample.Input.of(dtype, shape))))
        .toList();
  }
}
