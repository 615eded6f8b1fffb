package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.work.UpdateWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** What an optimiser takes for some parameters; see {@link UpdateWork}. */
public class Update extends Timed {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** How many parameters. */
  @Param({"1", "16"})
  public int count = 16;

  /** Elements of the first; each has one more than the one before. */
  @Param({"64", "1024", "4096", "65536"})
  public long size = 4096;

  @Override
  Work prepare() {
    return UpdateWork.cotangent(device, count, size);
  }
}
