package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.work.GradientWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** What a gradient costs beside the value; see {@link GradientWork}. */
public class GradientCost extends Timed {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** Of what. */
  @Param public GradientWork.Subject objective = GradientWork.Subject.MIXTURE;

  /** The value alone, or gradient and value. */
  @Param public GradientWork.What what = GradientWork.What.VALUE;

  @Override
  Work prepare() {
    return GradientWork.cotangent(device, objective, what);
  }
}
