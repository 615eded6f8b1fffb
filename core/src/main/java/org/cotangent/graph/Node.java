package org.cotangent.graph;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.type.TensorType;

/**
 * One application of an op. Nodes are equal only to themselves; the builder returns the same node
 * for the same op on the same inputs. A node's number is above those of its inputs.
 */
public final class Node {
  private final int id;
  private final Op op;
  private final List<Value> inputs;
  private final List<TensorType> types;
  private final Origin origin;

  Node(int id, Op op, List<Value> inputs, List<TensorType> types, Origin origin) {
    this.id = id;
    this.op = op;
    this.inputs = List.copyOf(inputs);
    this.types = List.copyOf(types);
    this.origin = origin;
  }

  /** {@return the number of the node in its builder} */
  public int id() {
    return id;
  }

  /** {@return what is computed} */
  public Op op() {
    return op;
  }

  /** {@return the inputs} */
  public List<Value> inputs() {
    return inputs;
  }

  /**
   * {@return an input}
   *
   * @param index below the number of inputs
   */
  public Value input(int index) {
    return inputs.get(index);
  }

  /** {@return the types of the results} */
  public List<TensorType> types() {
    return types;
  }

  /** {@return the types of the inputs} */
  public List<TensorType> inputTypes() {
    return inputs.stream().map(Value::type).toList();
  }

  /**
   * {@return a result}
   *
   * @param index below the number of results
   */
  public Value result(int index) {
    return new Value(this, index);
  }

  /** {@return all results} */
  public List<Value> results() {
    return IntStream.range(0, types.size()).mapToObj(this::result).toList();
  }

  /** {@return the only result} */
  public Value result() {
    if (types.size() != 1) {
      throw new IllegalStateException(op.name() + " has " + types.size() + " results");
    }
    return new Value(this, 0);
  }

  /** {@return the op and line of the user that this node goes back to} */
  public Origin origin() {
    return origin;
  }

  /** {@return the node as a line of a dump, without its origin} */
  @Override
  public String toString() {
    return Printer.line(this);
  }
}
