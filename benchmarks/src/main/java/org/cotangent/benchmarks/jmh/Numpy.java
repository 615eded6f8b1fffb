package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.NumpyWork;
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

/** From a {@code .npy} file to a tensor, and what plain Java takes; see {@link NumpyWork}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Numpy {
  /** What is done. */
  @Param public NumpyWork work = NumpyWork.READ;

  /** MiB of the file. */
  @Param({"1", "256"})
  public long mib = NumpyWork.BYTES >> 20;

  private Work open = Work.NOTHING;

  /** Writes the file. */
  @Setup
  public void open() {
    open = work.open(mib << 20);
  }

  /** Does it. */
  @Benchmark
  public void npy() {
    open.run();
  }

  /** Deletes the file. */
  @TearDown
  public void close() {
    open.close();
  }
}
