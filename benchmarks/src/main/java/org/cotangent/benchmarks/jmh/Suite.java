package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.task.Task;
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

/** A task that any engine does which is on the class path, on any device that it has. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 5,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class Suite {
  /** Whose time it is: {@code cotangent}, or a peer. */
  @Param("cotangent")
  public String engine = "cotangent";

  /** Where: {@code cpu}, {@code opencl} or {@code cuda}. */
  @Param("cpu")
  public String device = "cpu";

  private Work open = Work.NOTHING;

  /** {@return what the parameters ask for} */
  abstract Task task();

  /** Makes the input, and compares a result with what plain Java makes of it. */
  @Setup
  public void open() {
    open = Engines.open(engine, device, task());
  }

  /** Does it. */
  @Benchmark
  public void run() {
    open.run();
  }

  /** Frees what was made. */
  @TearDown
  public void close() {
    open.close();
  }
}
