package org.cotangent.graph;

import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;

/**
 * A commutative monoid applied over axes. Each element is lifted to accumulators, these are
 * combined in a tree that depends on the shape alone, and the last ones are finished to results.
 */
public non-sealed interface Reduction extends Op {

  /** {@return the reduced axes, ascending} */
  List<Integer> axes();

  /**
   * {@return the accumulators of one element} Its inputs are the element and then its position in
   * the row-major order of the reduced axes as int64.
   *
   * @param input dtype of the input
   */
  Body lift(DType input);

  /**
   * {@return two sets of accumulators combined into one, in either order}
   *
   * @param input dtype of the input
   */
  Body combine(DType input);

  /**
   * {@return the results from the last accumulators}
   *
   * @param input dtype of the input
   */
  Body finish(DType input);

  /**
   * {@return the accumulators of no elements} Only asked for where {@code infer} accepts an empty
   * reduction.
   *
   * @param input dtype of the input
   */
  List<Object> empty(DType input);
}
