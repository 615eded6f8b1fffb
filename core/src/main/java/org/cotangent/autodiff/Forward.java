package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.Full;
import org.cotangent.op.Multiply;
import org.jspecify.annotations.Nullable;

/**
 * Forward mode: from the arguments to the results, each node turns the tangents of its inputs into
 * those of its results. What it writes are ordinary nodes of the same graph.
 */
public final class Forward {
  private final GraphBuilder builder;
  private final Map<Value, Value> tangents = new HashMap<>();

  private Forward(GraphBuilder builder) {
    this.builder = builder;
  }

  /**
   * {@return the tangent of each result; null where it does not depend on the arguments}
   *
   * @param builder that made all the values
   * @param arguments fresh aliases that the results were computed from
   * @param directions tangents of the arguments; null for zero
   * @param results what is differentiated
   */
  public static List<@Nullable Value> jvp(
      GraphBuilder builder,
      List<Value> arguments,
      List<@Nullable Value> directions,
      List<Value> results) {
    Forward walk = new Forward(builder);
    for (int i = 0; i < arguments.size(); i++) {
      Value direction = directions.get(i);
      if (direction != null) {
        walk.tangents.put(arguments.get(i), direction);
      }
    }
    for (Node node : Dependence.of(arguments, results).nodes()) {
      builder.withOrigin(node.origin(), () -> walk.visit(node));
    }
    List<@Nullable Value> found = new ArrayList<>();
    for (Value result : results) {
      found.add(walk.tangents.get(result));
    }
    return found;
  }

  private void visit(Node node) {
    List<@Nullable Value> arriving = new ArrayList<>();
    boolean any = false;
    for (Value input : node.inputs()) {
      Value tangent = tangents.get(input);
      arriving.add(tangent);
      any |= tangent != null;
    }
    if (any) {
      List<@Nullable Value> leaving = leaving(node, arriving);
      for (int i = 0; i < leaving.size(); i++) {
        Value tangent = leaving.get(i);
        if (tangent != null && node.result(i).dtype().isFloating()) {
          tangents.put(node.result(i), tangent);
        }
      }
    }
  }

  private List<@Nullable Value> leaving(Node node, List<@Nullable Value> arriving) {
    return switch (node.op().derivative()) {
      case Derivative.None() -> Collections.nCopies(node.types().size(), null);
      case Derivative.Partials(var rule) -> {
        Value sum = null;
        for (int k = 0; k < arriving.size(); k++) {
          Value tangent = arriving.get(k);
          if (tangent != null) {
            Value term = builder.value(new Multiply(), tangent, rule.partial(builder, node, k));
            sum = sum == null ? term : builder.value(new Add(), sum, term);
          }
        }
        yield Collections.singletonList(sum);
      }
      case Derivative.Linear(var rule) -> {
        if (!node.result(0).dtype().isFloating()) {
          yield Collections.singletonList(null);
        }
        List<Value> inputs = new ArrayList<>();
        for (int k = 0; k < arriving.size(); k++) {
          Value input = node.input(k);
          Value tangent = arriving.get(k);
          inputs.add(
              tangent != null
                  ? tangent
                  : input.dtype().isFloating() ? builder.value(Full.of(input.type(), 0)) : input);
        }
        yield Collections.singletonList(builder.emit(node.op(), inputs).result());
      }
      case Derivative.Own(var jvp, var vjp) -> jvp.jvp(builder, node, arriving);
    };
  }
}
