package org.cotangent.graph;

import java.util.List;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/**
 * What is no loop nest: scans, sorting, linear algebra. The op brings its own meaning over host
 * memory, which the CPU backend runs; a backend with a kernel of its own claims the op instead.
 */
public non-sealed interface Call extends Op {
  /**
   * Computes the results.
   *
   * @param inputs contiguous arrays, not to be written
   * @param results contiguous arrays to be filled, in the order of {@code infer}
   */
  void evaluate(List<HostArray> inputs, List<HostArray> results);

  /**
   * {@return how many parts of the results can be computed each by itself, on several threads}
   *
   * @param inputs types of the inputs
   */
  default long parts(List<TensorType> inputs) {
    return 1;
  }

  /**
   * Computes some parts of the results; asked for only where there are several.
   *
   * @param inputs contiguous arrays, not to be written
   * @param results contiguous arrays, of which these parts are to be filled
   * @param from the first part
   * @param to the part after the last
   */
  default void evaluate(List<HostArray> inputs, List<HostArray> results, long from, long to) {
    evaluate(inputs, results);
  }

  /**
   * {@return an op that computes some of the results and no others, or this if there is none}
   *
   * @param results which, ascending
   */
  default Call only(List<Integer> results) {
    return this;
  }
}
