package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.work.ReplayWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** The overhead of a replay; see {@link ReplayWork}. */
public class Replay extends Timed {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  @Override
  Work prepare() {
    return ReplayWork.cotangent(device);
  }
}
