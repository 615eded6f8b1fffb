package org.cotangent.graph;

import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.type.TensorType;

/** A tensor computed from the index of each element and from scalar inputs such as a random key. */
public non-sealed interface Generator extends Op {

  /**
   * {@return the value of one element} Its inputs are the node's inputs, which have rank 0, and
   * then the element's index in row-major order as int64.
   *
   * @param inputs types of the inputs
   */
  Body body(List<TensorType> inputs);
}
