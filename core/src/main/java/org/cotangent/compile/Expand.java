package org.cotangent.compile;

import java.util.List;
import java.util.function.BiPredicate;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Op;
import org.cotangent.type.TensorType;

/** Replaces composites by what they stand for, unless the backend claims them. */
final class Expand {
  private Expand() {}

  static Graph run(Graph graph, BiPredicate<Op, List<TensorType>> claimed) {
    Graph expanded = graph;
    // An expansion may contain composites again; there are few levels.
    while (expanded.nodes().stream()
        .anyMatch(node ->
            node.op() instanceof Composite && !claimed.test(node.op(), node.inputTypes()))) {
      expanded =
          Rewrite.run(
              expanded,
              (builder, node, inputs) ->
                  node.op() instanceof Composite composite
                          && !claimed.test(composite, node.inputTypes())
                      ? composite.expand(builder, inputs)
                      : builder.emit(node.op(), inputs).results());
    }
    return expanded;
  }
}
