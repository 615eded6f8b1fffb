package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.op.Multiply;
import org.jspecify.annotations.Nullable;

/**
 * Reverse mode: from the results back to the arguments, each node turns the cotangents of its
 * results into those of its inputs. What it writes are ordinary nodes of the same graph.
 */
public final class Reverse {
  private final GraphBuilder builder;

  /** What the uses of a value that were walked have sent back to it, last use first. */
  private final Map<Value, List<Value>> arrived = new HashMap<>();

  /** All that was sent back, and what of it is needed more than once as it is. */
  private final Set<Value> sent = new HashSet<>();

  private final Set<Value> shared = new HashSet<>();

  private Reverse(GraphBuilder builder) {
    this.builder = builder;
  }

  /**
   * {@return the cotangent of each argument; null where the results do not depend on it}
   *
   * @param builder that made all the values
   * @param arguments fresh aliases that the results were computed from
   * @param results what is differentiated
   * @param seeds cotangents of the results; null for zero
   */
  public static List<@Nullable Value> vjp(
      GraphBuilder builder,
      List<Value> arguments,
      List<Value> results,
      List<@Nullable Value> seeds) {
    Reverse walk = new Reverse(builder);
    for (int i = 0; i < results.size(); i++) {
      Value seed = seeds.get(i);
      walk.add(results.get(i), seed);
      if (seed != null) {
        walk.shared.add(seed);
      }
    }
    Dependence active = Dependence.of(arguments, results);
    for (Node node : active.nodes().reversed()) {
      builder.withOrigin(node.origin(), () -> walk.visit(node, active));
    }
    List<@Nullable Value> found = new ArrayList<>();
    for (Value argument : arguments) {
      found.add(walk.cotangent(argument));
    }
    return found;
  }

  private void add(Value value, @Nullable Value cotangent) {
    if (cotangent != null && value.dtype().isFloating()) {
      arrived.computeIfAbsent(value, _ -> new ArrayList<>()).add(cotangent);
      if (!sent.add(cotangent)) {
        shared.add(cotangent);
      }
    }
  }

  /** The sum of what has arrived, when all uses have been walked; null for zero. */
  private @Nullable Value cotangent(Value value) {
    List<Value> terms = arrived.get(value);
    return terms == null ? null : CotangentSum.of(builder, terms, shared);
  }

  private void visit(Node node, Dependence active) {
    List<@Nullable Value> arriving = new ArrayList<>();
    boolean any = false;
    for (int i = 0; i < node.types().size(); i++) {
      Value cotangent = cotangent(node.result(i));
      arriving.add(cotangent);
      any |= cotangent != null;
    }
    if (!any) {
      return;
    }
    switch (node.op().derivative()) {
      case Derivative.None() -> {}
      case Derivative.Partials(var rule) -> {
        Value cotangent = Objects.requireNonNull(arriving.getFirst());
        for (int k = 0; k < node.inputs().size(); k++) {
          if (active.contains(node.input(k))) {
            Value partial = rule.partial(builder, node, k);
            add(node.input(k), builder.value(new Multiply(), cotangent, partial));
          }
        }
      }
      case Derivative.Linear(var rule) -> {
        Value cotangent = Objects.requireNonNull(arriving.getFirst());
        for (int k = 0; k < node.inputs().size(); k++) {
          if (active.contains(node.input(k))) {
            add(node.input(k), rule.transpose(builder, node, cotangent, k));
          }
        }
      }
      case Derivative.Own(var jvp, var vjp) -> {
        List<@Nullable Value> leaving = vjp.vjp(builder, node, arriving);
        for (int k = 0; k < node.inputs().size(); k++) {
          if (active.contains(node.input(k))) {
            add(node.input(k), leaving.get(k));
          }
        }
      }
    }
  }
}
