package org.cotangent.graph;

import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;

/** One scalar function applied at every index of inputs of one shape. */
public non-sealed interface Elementwise extends Op {

  /**
   * {@return the scalar function}
   *
   * @param inputs dtypes of the inputs
   */
  Body body(List<DType> inputs);
}
