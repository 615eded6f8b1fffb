package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.work.LimitsWork;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the machine can do at best, on all cores; see {@link LimitsWork}. The figures are those
 * called {@code amount}: operations, bytes read and written, or calls in a second.
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
  /** What was done in an iteration. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counters {
    /** Of operations, bytes or calls. */
    public double amount;
  }

  /** Checks what it does before it is timed. */
  private final LimitsWork work = new LimitsWork();

  /**
   * Float32 multiply-adds.
   *
   * @param counters get the operations
   */
  @Benchmark
  public void flops32(Counters counters) {
    counters.amount += work.flops32().amount();
  }

  /**
   * Float64 multiply-adds.
   *
   * @param counters get the operations
   */
  @Benchmark
  public void flops64(Counters counters) {
    counters.amount += work.flops64().amount();
  }

  /**
   * Copies in the second-level cache.
   *
   * @param counters get the bytes
   */
  @Benchmark
  public void cached(Counters counters) {
    counters.amount += work.cached().amount();
  }

  /**
   * A copy in memory.
   *
   * @param counters get the bytes
   */
  @Benchmark
  public void memory(Counters counters) {
    counters.amount += work.memory().amount();
  }

  /**
   * Calls that do nothing.
   *
   * @param counters get the calls
   */
  @Benchmark
  public void calls(Counters counters) {
    counters.amount += work.calls().amount();
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    work.close();
  }
}
