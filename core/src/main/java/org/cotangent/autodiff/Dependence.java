package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;

/**
 * What lies between arguments and results: the only nodes that either mode has to visit.
 *
 * @param nodes on a path of float values from an argument to a result, in topological order,
 *     without the arguments
 * @param values the arguments and the float results of these nodes
 */
record Dependence(List<Node> nodes, Set<Value> values) {

  static Dependence of(List<Value> arguments, List<Value> results) {
    Set<Value> values = new HashSet<>();
    int first = Integer.MAX_VALUE;
    for (Value argument : arguments) {
      first = Math.min(first, argument.node().id());
      if (argument.dtype().isFloating()) {
        values.add(argument);
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : Graph.reachable(results, first)) {
      if (!values.contains(node.result(0)) && node.inputs().stream().anyMatch(values::contains)) {
        nodes.add(node);
        for (int i = 0; i < node.types().size(); i++) {
          if (node.result(i).dtype().isFloating()) {
            values.add(node.result(i));
          }
        }
      }
    }
    return new Dependence(nodes, values);
  }

  boolean contains(Value value) {
    return values.contains(value);
  }
}
