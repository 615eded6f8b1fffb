package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.work.ElementsWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** One pass over bools, integers, halves and short rows; see {@link ElementsWork}. */
public class Elements extends Timed {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** What is computed. */
  @Param public ElementsWork.Kind kind = ElementsWork.Kind.WHERE;

  /** Elements. */
  @Param({"1048576"})
  public long size = 1 << 20;

  @Override
  Work prepare() {
    return ElementsWork.cotangent(device, kind, size);
  }
}
