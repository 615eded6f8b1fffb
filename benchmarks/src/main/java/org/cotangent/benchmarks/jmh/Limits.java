package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.LimitsWork;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What the machine can do at best, on all cores; see {@link LimitsWork}. The figures are those
 * called {@code rate}: operations, bytes read and written, or calls in a second, in the best piece
 * of work of each iteration. JMH's own count pieces, and the time it takes to bring all threads
 * together.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class Limits {
  /** The best of an iteration. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Counters {
    private double share;
    private double best;

    /**
     * Begins an iteration.
     *
     * @param params of the benchmark
     */
    @Setup(Level.Iteration)
    public void start(BenchmarkParams params) {
      share = Shares.of(params);
      best = 0;
    }

    private void add(LimitsWork.Done done) {
      best = Math.max(best, done.rate());
    }

    /** {@return the amount a second} */
    public double rate() {
      return best * share;
    }
  }

  /** Checks what it does before it is timed. */
  private final LimitsWork work = new LimitsWork();

  /**
   * Float32 multiply-adds.
   *
   * @param counters note the rate
   */
  @Benchmark
  public void flops32(Counters counters) {
    counters.add(work.flops32());
  }

  /**
   * Float64 multiply-adds.
   *
   * @param counters note the rate
   */
  @Benchmark
  public void flops64(Counters counters) {
    counters.add(work.flops64());
  }

  /**
   * Copies in the second-level cache.
   *
   * @param counters note the rate
   */
  @Benchmark
  public void cached(Counters counters) {
    counters.add(work.cached());
  }

  /**
   * A copy in memory.
   *
   * @param counters note the rate
   */
  @Benchmark
  public void memory(Counters counters) {
    counters.add(work.memory());
  }

  /**
   * Calls that do nothing.
   *
   * @param counters note the rate
   */
  @Benchmark
  public void calls(Counters counters) {
    counters.add(work.calls());
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    work.close();
  }
}
