package org.cotangent.graph;

import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * One result of a node: an edge of the graph.
 *
 * @param node what computes it
 * @param index which of the node's results
 */
public record Value(Node node, int index) {
  /** {@return dtype and shape} */
  public TensorType type() {
    return node.types().get(index);
  }

  /** {@return the dtype} */
  public DType dtype() {
    return type().dtype();
  }

  /** {@return the shape} */
  public Shape shape() {
    return type().shape();
  }

  /** {@return the node's number, with the result's where there are several} */
  @Override
  public String toString() {
    return "%" + node.id() + (node.types().size() == 1 ? "" : "." + index);
  }
}
