package org.cotangent.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.cotangent.type.TensorType;

/**
 * A closed program: parameters in, results out, nothing captured. Immutable. Its nodes are the
 * parameters and what the results need, in the order of their numbers, which is topological.
 */
public final class Graph {
  private final String name;
  private final List<Value> parameters;
  private final List<Value> results;
  private final List<Node> nodes;

  Graph(String name, List<Value> parameters, List<Value> results) {
    this.name = name;
    this.parameters = List.copyOf(parameters);
    this.results = List.copyOf(results);
    List<Value> roots = new ArrayList<>(parameters);
    roots.addAll(results);
    this.nodes = List.copyOf(reachable(roots, 0));
  }

  /**
   * {@return the nodes that compute some values, in topological order}
   *
   * @param roots the values
   * @param first nodes with a smaller number are left out, and what only they need
   */
  public static List<Node> reachable(List<Value> roots, int first) {
    // An explicit stack: graphs are deeper than Java's.
    BitSet seen = new BitSet();
    List<Node> found = new ArrayList<>();
    Deque<Node> open = new ArrayDeque<>();
    for (Value root : roots) {
      open.push(root.node());
    }
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (node.id() < first || seen.get(node.id())) {
        continue;
      }
      seen.set(node.id());
      found.add(node);
      for (Value input : node.inputs()) {
        open.push(input.node());
      }
    }
    found.sort(Comparator.comparingInt(Node::id));
    return found;
  }

  /** {@return what the graph is called in dumps} */
  public String name() {
    return name;
  }

  /** {@return the parameters, in order} */
  public List<Value> parameters() {
    return parameters;
  }

  /** {@return the results, in order} */
  public List<Value> results() {
    return results;
  }

  /** {@return the nodes in topological order} */
  public List<Node> nodes() {
    return nodes;
  }

  /** {@return the types of the parameters} */
  public List<TensorType> parameterTypes() {
    return parameters.stream().map(Value::type).toList();
  }

  /** {@return the types of the results} */
  public List<TensorType> resultTypes() {
    return results.stream().map(Value::type).toList();
  }

  /** {@return a number for every node id in use, one above the largest} */
  public int idLimit() {
    return nodes.isEmpty() ? 0 : nodes.getLast().id() + 1;
  }

  /** {@return the graph as text, see {@link Printer}} */
  @Override
  public String toString() {
    return Printer.print(this);
  }
}
