package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.work.ReduceWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** Sums of matrices along either axis, from a few elements on; see {@link ReduceWork}. */
public class Reduce extends Timed {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** Rows and columns. */
  @Param({
    "3x5",
    "10x10",
    "32x10",
    "1000x33",
    "1000x48",
    "128x512",
    "16384x64",
    "64x16384",
    "1024x1024"
  })
  public String shape = "10x10";

  /** Which is summed over. */
  @Param({"0", "1"})
  public int axis;

  @Override
  Work prepare() {
    return ReduceWork.cotangent(device, shape, axis);
  }
}
