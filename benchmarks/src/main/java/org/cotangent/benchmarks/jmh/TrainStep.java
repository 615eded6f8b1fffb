package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.TrainStepWork;
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

/** One step of training; see {@link TrainStepWork}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TrainStep {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  private Work work = Work.NOTHING;

  /** Makes data, weights and program. */
  @Setup
  public void open() {
    work = TrainStepWork.cotangent(device);
  }

  /** Takes one step from where the one before ended. */
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
