package org.cotangent.graph;

import java.util.List;

/**
 * An op with a name of its own that stands for a graph of others. It is expanded after
 * differentiation, unless the backend claims it whole; so it states its derivative in its inputs
 * and results.
 */
public non-sealed interface Composite extends Op {
  /**
   * {@return the results, computed by other ops}
   *
   * @param builder where to write
   * @param inputs the inputs
   */
  List<Value> expand(GraphBuilder builder, List<Value> inputs);
}
