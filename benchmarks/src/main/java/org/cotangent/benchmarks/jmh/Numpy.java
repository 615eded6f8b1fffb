package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.NumpyWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/** From a {@code .npy} file to a tensor, and what plain Java takes; see {@link NumpyWork}. */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Numpy extends Timed {
  /** What is done. */
  @Param public NumpyWork work = NumpyWork.READ;

  /** Where tensors are: {@code cpu}, {@code opencl} or {@code cuda}. */
  @Param("cpu")
  public String device = "cpu";

  /** MiB of the file. */
  @Param({"1", "256"})
  public long mib = NumpyWork.BYTES >> 20;

  @Override
  Work prepare() {
    return work.open(device, mib << 20);
  }
}
