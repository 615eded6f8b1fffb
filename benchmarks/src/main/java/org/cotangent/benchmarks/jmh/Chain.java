package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Task;
import org.openjdk.jmh.annotations.Param;

/** GELU, softmax and layer norm, see {@link org.cotangent.benchmarks.task.Chain}. */
public class Chain extends Suite {
  /** What is computed. */
  @Param
  public org.cotangent.benchmarks.task.Chain.Kind kind =
      org.cotangent.benchmarks.task.Chain.Kind.GELU;

  /** Elements. */
  @Param({"1024", "1048576"})
  public long size = 1024;

  @Override
  Task task() {
    return new org.cotangent.benchmarks.task.Chain(kind, size);
  }
}
