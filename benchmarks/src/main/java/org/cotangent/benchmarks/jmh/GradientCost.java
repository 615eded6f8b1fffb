package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.GradientWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a gradient costs beside the value; see {@link GradientWork}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GradientCost {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** Of what. */
  @Param public GradientWork.Subject objective = GradientWork.Subject.MIXTURE;

  /** The value alone, or gradient and value. */
  @Param public GradientWork.What what = GradientWork.What.VALUE;

  private Work work = Work.NOTHING;

  /** Makes data and program, and compares what it computes with plain Java. */
  @Setup
  public void open() {
    work = GradientWork.cotangent(device, objective, what);
  }

  /** Computes. */
  @Benchmark
  public void cotangent() {
    work.run();
  }

  /** Closes the device. */
  @TearDown
  public void close() {
    work.close();
  }
}
