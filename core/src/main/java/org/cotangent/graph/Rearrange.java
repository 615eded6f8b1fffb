package org.cotangent.graph;

import java.util.List;
import java.util.Optional;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;

/** Inputs copied to places in the result; what no input covers is a fill value. */
public non-sealed interface Rearrange extends Op {

  /**
   * {@return for each input the part of the contiguous result it is copied to}
   *
   * @param inputs types of the inputs
   */
  List<Layout> places(List<TensorType> inputs);

  /**
   * {@return the value of elements that no input covers, or empty if inputs cover all}
   *
   * @param inputs types of the inputs
   */
  Optional<Object> fill(List<TensorType> inputs);
}
