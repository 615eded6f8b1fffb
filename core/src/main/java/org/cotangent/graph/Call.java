package org.cotangent.graph;

import java.util.List;
import org.cotangent.type.HostArray;

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
}
