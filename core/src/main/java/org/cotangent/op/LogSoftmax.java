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
 * {@code y = x - log(sum(exp(x)))} along an axis, shifted by the largest element so that nothing
 * overflows; jvp {@code t - sum(exp(y) t)}, vjp {@code t - exp(y) sum(t)}.
 *
 * @param axis along which the results are normalised
 */
public record LogSoftmax(int axis) implements Composite {
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
    return List.of(shifted.minus(total.log().expand(x.shape(), axes)).value());
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new LogSoftmax(axis + 1));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Value tangent = tangents.getFirst();
    if (tangent == null) {
      return Rules.only(null);
    }
    Expr t = new Expr(builder, tangent);
    return Rules.only(
        t.minus(new Expr(builder, node.result()).exp().times(t).sumAlong(axis)).value());
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    Value cotangent = cotangents.getFirst();
    if (cotangent == null) {
      return Rules.only(null);
    }
    Expr t = new Expr(builder, cotangent);
    return Rules.only(
        t.minus(new Expr(builder, node.result()).exp().times(t.sumAlong(axis))).value());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.FLOATS.stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .filter(shape -> shape.rank() > 0)
                .map(shape ->
                    Sample.of(new LogSoftmax(shape.rank() / 2), Sample.Input.of(dtype, shape))))
        .toList();
  }
}
