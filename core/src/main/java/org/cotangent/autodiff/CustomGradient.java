package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.op.Expr;
import org.cotangent.op.Full;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A function whose vjp the user wrote. Forward mode needs no second rule: a vjp is linear in its
 * cotangent, and the jvp is the transpose of that linear map.
 *
 * @param function from inputs to results
 * @param vjp from inputs, results and cotangents of the results to cotangents of the inputs
 */
public record CustomGradient(Graph function, Graph vjp) implements Composite {
  /** Checks that the vjp's results are cotangents of the function's inputs. */
  public CustomGradient {
    if (!vjp.resultTypes().equals(function.parameterTypes())) {
      throw new ShapeException(
          "withGradient: cotangents "
              + vjp.resultTypes()
              + " do not fit the inputs "
              + function.parameterTypes());
    }
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return function.resultTypes();
  }

  @Override
  public List<Value> expand(GraphBuilder builder, List<Value> inputs) {
    return builder.inline(function, inputs);
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Optional.of((builder, node, size, many) -> {
      List<Value> inputs = Expr.everywhere(builder, node, size, many);
      CustomGradient op = new CustomGradient(batched(function, size), batched(vjp, size));
      return builder.emit(op, inputs).results();
    });
  }

  private static Graph batched(Graph one, long size) {
    GraphBuilder builder = new GraphBuilder();
    List<Value> examples = new ArrayList<>();
    List<Value> placeholders = new ArrayList<>();
    for (TensorType type : one.parameterTypes()) {
      examples.add(builder.parameter(type.with(type.shape().insert(0, size))));
      placeholders.add(Vectorize.placeholder(builder, type));
    }
    List<Value> results = builder.inline(one, placeholders);
    return builder.build(one.name(), Vectorize.run(builder, size, placeholders, examples, results));
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    List<Value> seeds = new ArrayList<>();
    for (int i = 0; i < cotangents.size(); i++) {
      Value cotangent = cotangents.get(i);
      seeds.add(cotangent == null ? zero(builder, node.result(i)) : cotangent);
    }
    return new ArrayList<>(builder.inline(vjp, arguments(node, seeds)));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    List<Value> dummies = new ArrayList<>();
    for (int i = 0; i < node.types().size(); i++) {
      dummies.add(builder.alias(zero(builder, node.result(i))));
    }
    List<Value> pulled = builder.inline(vjp, arguments(node, dummies));
    return Reverse.vjp(builder, dummies, pulled, tangents);
  }

  private static List<Value> arguments(Node node, List<Value> cotangents) {
    List<Value> arguments = new ArrayList<>(node.inputs());
    for (int i = 0; i < node.types().size(); i++) {
      arguments.add(node.result(i));
    }
    arguments.addAll(cotangents);
    return arguments;
  }

  private static Value zero(GraphBuilder builder, Value like) {
    return builder.value(Full.of(like.type(), 0));
  }

  /** {@return the name alone; the graphs are printed by whoever expands it} */
  @Override
  public String toString() {
    return "CustomGradient[" + function.name() + "]";
  }
}
