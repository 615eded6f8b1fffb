package org.cotangent.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.cotangent.type.TensorType;

/**
 * Writes nodes. The same op on the same inputs gives the same node; without this the fourth
 * derivative of a small function has hundreds of nodes instead of tens. Confined to one thread.
 */
public final class GraphBuilder {
  private record Key(Op op, List<Value> inputs) {}

  private final Map<Key, Node> interned = new HashMap<>();
  private final List<Value> parameters = new ArrayList<>();
  private int next;
  private Origin origin = Origin.UNKNOWN;

  /** Starts an empty graph. */
  public GraphBuilder() {}

  /**
   * {@return a new parameter}
   *
   * @param type dtype and shape
   */
  public Value parameter(TensorType type) {
    Value parameter = append(new Parameter(parameters.size(), type), List.of()).result();
    parameters.add(parameter);
    return parameter;
  }

  /**
   * {@return a value equal to the given one but distinct from it} The arguments of an inner
   * gradient are aliases, so that what the function uses from outside is held constant.
   *
   * @param value what to alias
   */
  public Value alias(Value value) {
    return append(new Alias(), List.of(value)).result();
  }

  /**
   * {@return the results of an op}
   *
   * @param op what to compute
   * @param inputs values of this builder
   * @throws org.cotangent.error.ShapeException if shapes do not fit
   * @throws org.cotangent.error.DTypeException if dtypes do not fit
   */
  public Node emit(Op op, List<Value> inputs) {
    Key key = new Key(op, List.copyOf(inputs));
    Node known = interned.get(key);
    if (known != null) {
      return known;
    }
    Node node = append(op, inputs);
    interned.put(key, node);
    return node;
  }

  /**
   * {@return the result of an op that has one}
   *
   * @param op what to compute
   * @param inputs values of this builder
   */
  public Value value(Op op, Value... inputs) {
    return emit(op, List.of(inputs)).result();
  }

  private Node append(Op op, List<Value> inputs) {
    List<TensorType> types = op.infer(inputs.stream().map(Value::type).toList());
    return new Node(next++, op, inputs, types, origin);
  }

  /**
   * {@return what an action returns, while new nodes have the given origin}
   *
   * @param origin of the nodes
   * @param action what writes them
   * @param <T> type of the action's result
   */
  public <T> T withOrigin(Origin origin, Supplier<T> action) {
    Origin outer = this.origin;
    this.origin = origin;
    try {
      return action.get();
    } finally {
      this.origin = outer;
    }
  }

  /**
   * Does something while new nodes have the given origin.
   *
   * @param origin of the nodes
   * @param action what writes them
   */
  public void withOrigin(Origin origin, Runnable action) {
    GraphBuilder _ =
        withOrigin(
            origin,
            () -> {
              action.run();
              return this;
            });
  }

  /** {@return the number that the next node will have} */
  public int nextId() {
    return next;
  }

  /**
   * {@return the closed graph from this builder's parameters to some values}
   *
   * @param name what the graph is called in dumps
   * @param results values of this builder
   */
  public Graph build(String name, List<Value> results) {
    return new Graph(name, parameters, results);
  }

  /**
   * {@return the results of a closed graph, written into this one}
   *
   * @param graph what to write
   * @param arguments one for each of its parameters
   */
  public List<Value> inline(Graph graph, List<Value> arguments) {
    Map<Value, Value> copies = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      copies.put(graph.parameters().get(i), arguments.get(i));
    }
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Parameter) {
        continue;
      }
      List<Value> inputs = node.inputs().stream().map(v -> mapped(copies, v)).toList();
      Node copy =
          withOrigin(
              node.origin() == Origin.UNKNOWN ? origin : node.origin(),
              () ->
                  node.op() instanceof Alias ? append(node.op(), inputs) : emit(node.op(), inputs));
      for (int i = 0; i < node.types().size(); i++) {
        copies.put(node.result(i), copy.result(i));
      }
    }
    return graph.results().stream().map(v -> mapped(copies, v)).toList();
  }

  private static Value mapped(Map<Value, Value> copies, Value value) {
    Value copy = copies.get(value);
    if (copy == null) {
      throw new IllegalStateException("graph is not closed: " + value);
    }
    return copy;
  }
}
