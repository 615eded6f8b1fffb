package org.cotangent.op;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * The largest element over axes, NaN if there is one; no elements are an error. Elements that tie
 * for the largest share the derivative equally.
 *
 * @param axes ascending
 */
public record Max(List<Integer> axes) implements Reduction {
  /** Copies the axes. */
  public Max {
    axes = List.copyOf(axes);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    Rules.requireAxes(this, type.shape(), axes);
    requireElements(this, type.shape(), axes);
    return List.of(type.with(type.shape().without(Expr.array(axes), false)));
  }

  static void requireElements(Op op, Shape shape, List<Integer> axes) {
    for (int axis : axes) {
      if (shape.dim(axis) == 0) {
        throw new ShapeException(
            op.name() + ": axis " + axis + " of " + shape + " has no elements to choose from");
      }
    }
  }

  @Override
  public Body lift(DType input) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(input);
    builder.input(DType.INT64);
    return builder.build(x.widen());
  }

  @Override
  public Body combine(DType input) {
    return Rules.binary(Collections.nCopies(2, input.arithmetic()), Term::max);
  }

  @Override
  public Body finish(DType input) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(input.arithmetic()).convert(input));
  }

  @Override
  public List<Object> empty(DType input) {
    throw new IllegalStateException("infer refuses empty axes");
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Max(Rules.behind(axes)));
  }

  /** 1 where an element is the largest, divided by how many are. */
  private Expr shares(GraphBuilder builder, Node node) {
    Expr x = new Expr(builder, node.input(0));
    Expr y = new Expr(builder, node.result());
    Expr largest = x.compare(Compare.Kind.EQUAL, y.expand(x.shape(), axes));
    Expr ones = largest.where(x.full(1), x.full(0));
    return ones.over(ones.apply(new Sum(axes)).expand(x.shape(), axes));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Value tangent = tangents.getFirst();
    return Collections.singletonList(
        tangent == null
            ? null
            : shares(builder, node).times(new Expr(builder, tangent)).apply(new Sum(axes)).value());
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    Value cotangent = cotangents.getFirst();
    return Collections.singletonList(
        cotangent == null
            ? null
            : shares(builder, node)
                .times(new Expr(builder, cotangent).expand(node.input(0).shape(), axes))
                .value());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return ReductionSamples.of(Max::new, Sample.ALL, false);
  }
}
