package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Task;
import org.openjdk.jmh.annotations.Param;

/** From a {@code .npy} file to an array, by any engine that reads them; see {@link Import}. */
public class Load extends Suite {
  /** MiB of the array. */
  @Param({"1", "64"})
  public long mib = 1;

  @Override
  Task task() {
    return new Import(mib);
  }
}
