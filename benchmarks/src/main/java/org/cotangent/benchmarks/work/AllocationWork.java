package org.cotangent.benchmarks.work;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.benchmarks.engine.CotangentEngine;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/** Compiled functions that are run again and again, and what that takes of the device's memory. */
public final class AllocationWork implements Work {
  /** A compiled function. */
  public enum Program {
    /** That of {@link ReplayWork}. */
    REPLAY,
    /** The step of {@link Perceptron}, with donated weights. */
    STEP
  }

  /**
   * What a device holds, and what it was asked for since the work was opened.
   *
   * @param liveBytes of tensors and programs
   * @param peakLiveBytes the most at one time
   * @param rawAllocations memory taken from the device
   * @param cacheHits memory that was there already
   */
  public record Memory(long liveBytes, long peakLiveBytes, long rawAllocations, long cacheHits) {
    static Memory of(MemoryStatistics now, MemoryStatistics start) {
      return new Memory(
          now.liveBytes(),
          now.peakLiveBytes(),
          now.rawAllocations() - start.rawAllocations(),
          now.cacheHits() - start.cacheHits());
    }
  }

  private final Device device;
  private final DoubleSupplier program;
  private final MemoryStatistics start;

  private AllocationWork(Device device, DoubleSupplier program) {
    this.device = device;
    this.program = program;
    this.start = device.memory();
  }

  /**
   * {@return a program that was run some times, with the right results}
   *
   * @param name of the device
   * @param program which
   * @throws IllegalStateException if a result is wrong
   */
  public static AllocationWork open(String name, Program program) {
    Device device = Device.named(name);
    try {
      DoubleSupplier prepared =
          switch (program) {
            case REPLAY -> replay(device);
            case STEP -> step(device);
          };
      return new AllocationWork(device, prepared);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static DoubleSupplier replay(Device device) {
    try (Scope scope = device.open()) {
      Tensor x = scope.keep(device.key(1).uniform(DType.FLOAT32, Shape.of(16, 16)));
      Compiled1<Tensor, Tensor> chain = ReplayWork.compile(device, x);
      float[] result = chain.run(x).toFloatArray();
      // Columns less their maximum have the maximum 0, and so has every second one from then on.
      if (!Arrays.equals(result, new float[16])) {
        throw new IllegalStateException("replay: " + Arrays.toString(result) + ", not zeros");
      }
      return () -> {
        chain.run(x).close();
        return 0;
      };
    }
  }

  private static DoubleSupplier step(Device device) {
    Perceptron task = new Perceptron();
    DoubleSupplier step = compiledStep(device, task.inputs());
    for (int run = 0; run < task.runs(); run++) {
      double loss = step.getAsDouble();
      double plain = task.expected(task.inputs(), run, 0);
      // NaN is no answer either.
      if (!(Math.abs(loss - plain) <= task.tolerance())) {
        throw new IllegalStateException("step: loss " + run + " is " + loss + ", not " + plain);
      }
    }
    return step;
  }

  private static DoubleSupplier compiledStep(Device device, List<HostArray> inputs) {
    try (Scope scope = device.open()) {
      List<Tensor> kept = inputs.stream().map(device::tensor).map(scope::keep).toList();
      Supplier<Tensor> step = CotangentEngine.training(device, kept);
      return () -> {
        try (Tensor loss = step.get()) {
          return loss.item();
        }
      };
    }
  }

  @Override
  public void run() {
    if (Double.isNaN(program.getAsDouble())) {
      throw new IllegalStateException("allocation: the result is no number");
    }
  }

  /** {@return the device's figures} */
  public Memory memory() {
    return Memory.of(device.memory(), start);
  }

  @Override
  public void close() {
    device.close();
  }
}
