package org.cotangent.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a node as it is computed for many examples at once. */
@FunctionalInterface
public interface Batching {
  /**
   * {@return the results of all examples, which lie along a new first axis of each}
   *
   * @param builder where to write
   * @param node what is computed for one example
   * @param size number of examples
   * @param many the inputs with the examples along a new first axis; null for an input that all
   *     examples share
   */
  List<Value> write(GraphBuilder builder, Node node, long size, List<@Nullable Value> many);
}
