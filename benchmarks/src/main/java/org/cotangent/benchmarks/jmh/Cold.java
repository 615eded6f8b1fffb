package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.digits.FirstStep;
import org.cotangent.benchmarks.work.ColdWork;
import org.jspecify.annotations.Nullable;
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
 * What a process does but once: each figure is of fresh processes. {@link #gradient} less {@link
 * #start} is what Cotangent adds.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 10,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class Cold {
  /** A device for processes. */
  @State(Scope.Benchmark)
  public static class Named {
    /** Which device. */
    @Param({"cpu", "opencl"})
    public String device = "cpu";
  }

  /** The digits on a device. */
  @State(Scope.Benchmark)
  public static class Digits {
    private @Nullable FirstStep step;

    /**
     * Opens the device and reads the digits.
     *
     * @param named the device
     */
    @Setup
    public void open(Named named) {
      step = new FirstStep(named.device);
    }

    private FirstStep opened() {
      if (step == null) {
        throw new IllegalStateException("cold: no device is open");
      }
      return step;
    }

    /** Takes a step, compares its loss with plain Java's, and closes the device. */
    @TearDown
    public void close() {
      try (FirstStep opened = opened()) {
        opened.check();
      }
    }
  }

  /** A process that does nothing. */
  @Benchmark
  public void start() {
    ColdWork.start().run();
  }

  /**
   * A process that takes a gradient, which is compared with the right one.
   *
   * @param named the device
   */
  @Benchmark
  public void gradient(Named named) {
    ColdWork.gradient(named.device).run();
  }

  /**
   * The first compilation of the step that trains on digits.
   *
   * @param digits with all it needs
   */
  @Benchmark
  public void compile(Digits digits) {
    digits.opened().compile();
  }
}
