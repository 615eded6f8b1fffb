package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.openjdk.jmh.annotations.Param;

/** Sums of matrices, see {@link Addition}. */
public class Add extends Suite {
  /** Elements. */
  @Param({"1024", "65536", "1048576", "16777216"})
  public long size = 1024;

  /** What is added. */
  @Param public Addition.Operands operands = Addition.Operands.SAME;

  /** Of the elements. */
  @Param({"FLOAT32", "FLOAT64", "INT32"})
  public DType dtype = DType.FLOAT32;

  @Override
  Task task() {
    return new Addition(size, operands, dtype);
  }
}
