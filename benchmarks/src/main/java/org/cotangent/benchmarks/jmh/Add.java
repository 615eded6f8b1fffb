package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.AddWork;
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

/**
 * Addition at the speed of the memory, and a copy as its peer; see {@link AddWork}. The addition
 * moves one and a half times the bytes of the copy.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Add {
  /** The addition on a device of Cotangent. */
  @State(Scope.Benchmark)
  public static class Cotangent {
    /** Which device. */
    @Param({"cpu", "opencl"})
    public String device = "cpu";

    private Work work = Work.NOTHING;

    /** Makes data and program. */
    @Setup
    public void open() {
      work = AddWork.cotangent(device, AddWork.SIZE);
    }

    /** Closes the device. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /** The copy on the first OpenCL device. */
  @State(Scope.Benchmark)
  public static class Copy {
    private Work work = Work.NOTHING;

    /** Makes data and kernel. */
    @Setup
    public void open() {
      work = AddWork.copy(AddWork.SIZE);
    }

    /** Closes the device. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /**
   * Adds.
   *
   * @param state where
   */
  @Benchmark
  public void cotangent(Cotangent state) {
    state.work.run();
  }

  /**
   * Copies.
   *
   * @param state where
   */
  @Benchmark
  public void copy(Copy state) {
    state.work.run();
  }
}
