package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.BatchesWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Rows of a mapped file a second, as batches of tensors and as plain copies; see {@link
 * BatchesWork}. A batch is copied twice, a plain copy once.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(BatchesWork.ROWS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Batches {
  /** Batches on a device of Cotangent. */
  @State(Scope.Benchmark)
  public static class Cotangent {
    /** Which device. */
    @Param({"cpu", "opencl"})
    public String device = "cpu";

    /** Batches ahead. */
    @Param({"0", "2"})
    public int prefetch = 0;

    /** Whether rows come in random order. */
    @Param({"false", "true"})
    public boolean shuffled = false;

    private Work work = Work.NOTHING;

    /** Writes and maps the file. */
    @Setup
    public void open() {
      work = BatchesWork.cotangent(device, BatchesWork.ROWS, prefetch, shuffled);
    }

    /** Closes the device and deletes the file. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /** Plain copies. */
  @State(Scope.Benchmark)
  public static class Copy {
    /** Whether rows come in random order. */
    @Param({"false", "true"})
    public boolean shuffled = false;

    private Work work = Work.NOTHING;

    /** Writes and maps the file. */
    @Setup
    public void open() {
      work = BatchesWork.copy(BatchesWork.ROWS, shuffled);
    }

    /** Deletes the file. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /**
   * An epoch of batches.
   *
   * @param state where
   */
  @Benchmark
  public void cotangent(Cotangent state) {
    state.work.run();
  }

  /**
   * An epoch of plain copies.
   *
   * @param state where
   */
  @Benchmark
  public void copy(Copy state) {
    state.work.run();
  }
}
