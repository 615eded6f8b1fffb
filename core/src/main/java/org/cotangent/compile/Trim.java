package org.cotangent.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.cotangent.graph.Call;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;

/** Leaves out results that nobody reads, of calls that have several: no time, and no memory. */
final class Trim {
  private Trim() {}

  static Graph run(Graph graph) {
    if (graph.nodes().stream().noneMatch(Trim::isConcerned)) {
      return graph;
    }
    Map<Node, NavigableSet<Integer>> read = new HashMap<>();
    graph.results().forEach(value -> add(read, value));
    graph.nodes().forEach(node -> node.inputs().forEach(value -> add(read, value)));
    return Rewrite.run(
        graph,
        (builder, node, inputs) -> {
          if (!isConcerned(node)) {
            return builder.emit(node.op(), inputs).results();
          }
          List<Integer> kept = List.copyOf(read.getOrDefault(node, new TreeSet<>()));
          Call op = ((Call) node.op()).only(kept);
          List<Value> results = builder.emit(op, inputs).results();
          // What stands for a result that is left out is of no account.
          return results.size() == node.types().size()
              ? results
              : IntStream.range(0, node.types().size())
                  .mapToObj(i -> results.get(Math.max(0, kept.indexOf(i))))
                  .toList();
        });
  }

  private static boolean isConcerned(Node node) {
    return node.op() instanceof Call && node.types().size() > 1;
  }

  private static void add(Map<Node, NavigableSet<Integer>> read, Value value) {
    if (isConcerned(value.node())) {
      read.computeIfAbsent(value.node(), key -> new TreeSet<>()).add(value.index());
    }
  }
}
