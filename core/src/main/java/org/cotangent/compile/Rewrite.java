package org.cotangent.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Parameter;
import org.cotangent.graph.Value;

/** A graph written anew, node by node; what a pass does not touch stays as it was. */
final class Rewrite {
  private Rewrite() {}

  /** What takes the place of a node. */
  @FunctionalInterface
  interface Step {
    /**
     * {@return the values that take the place of the node's results}
     *
     * @param builder of the new graph
     * @param node in the old graph
     * @param inputs the node's inputs in the new graph
     */
    List<Value> write(GraphBuilder builder, Node node, List<Value> inputs);
  }

  static Graph run(Graph graph, Step step) {
    GraphBuilder builder = new GraphBuilder();
    Map<Value, Value> written = new HashMap<>();
    for (Value parameter : graph.parameters()) {
      written.put(
          parameter,
          builder.withOrigin(parameter.node().origin(), () -> builder.parameter(parameter.type())));
    }
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Parameter) {
        continue;
      }
      List<Value> inputs = node.inputs().stream().map(written::get).toList();
      List<Value> results =
          builder.withOrigin(node.origin(), () -> step.write(builder, node, inputs));
      for (int i = 0; i < results.size(); i++) {
        written.put(node.result(i), results.get(i));
      }
    }
    return builder.build(graph.name(), graph.results().stream().map(written::get).toList());
  }
}
