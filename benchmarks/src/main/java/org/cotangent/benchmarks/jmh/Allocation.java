package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.AllocationWork;
import org.cotangent.benchmarks.work.AllocationWork.Memory;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What a replay takes of memory; see {@link AllocationWork}. With {@code -prof gc}, {@code
 * gc.alloc.rate.norm} is the bytes of Java's heap, of all threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Allocation {
  /** Which device. */
  @Param({"cpu", "opencl"})
  public String device = "cpu";

  /** What is run. */
  @Param public AllocationWork.Program program = AllocationWork.Program.REPLAY;

  private @Nullable AllocationWork work;

  /** The device's figures, at the end of an iteration or of the runs in it. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Counters {
    private double share;
    private long runs;
    private Memory before = new Memory(0, 0, 0, 0);
    private Memory after = before;

    /**
     * Begins an iteration.
     *
     * @param params of the benchmark
     * @param suite with the work
     */
    @Setup(Level.Iteration)
    public void start(BenchmarkParams params, Allocation suite) {
      share = Shares.of(params);
      runs = 0;
      before = suite.opened().memory();
    }

    /**
     * Ends an iteration.
     *
     * @param suite with the work
     */
    @TearDown(Level.Iteration)
    public void end(Allocation suite) {
      after = suite.opened().memory();
    }

    /** {@return bytes of the device that tensors and programs hold} */
    public double liveBytes() {
      return after.liveBytes() * share;
    }

    /** {@return the most that they held since the device was opened} */
    public double peakLiveBytes() {
      return after.peakLiveBytes() * share;
    }

    /** {@return how often a replay took memory from the device} */
    public double rawAllocationsPerReplay() {
      return (double) (after.rawAllocations() - before.rawAllocations()) / runs * share;
    }

    /** {@return how often a replay took memory that was there already} */
    public double cacheHitsPerReplay() {
      return (double) (after.cacheHits() - before.cacheHits()) / runs * share;
    }
  }

  private AllocationWork opened() {
    if (work == null) {
      throw new IllegalStateException("allocation: no device is open");
    }
    return work;
  }

  /** Makes data and program, and compares its results with plain Java's. */
  @Setup
  public void open() {
    work = AllocationWork.open(device, program);
  }

  /**
   * Replays the program.
   *
   * @param counters count it
   */
  @Benchmark
  public void cotangent(Counters counters) {
    opened().run();
    counters.runs++;
  }

  /** Closes the device. */
  @TearDown
  public void close() {
    opened().close();
  }
}
