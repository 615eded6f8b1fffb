package org.cotangent.benchmarks.work;

import java.util.Arrays;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.benchmarks.engine.Computation;
import org.cotangent.benchmarks.engine.CotangentEngine;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** Compiled functions that are run again and again, and what that takes of the device's memory. */
public final class AllocationWork implements Work {
  /** A compiled function. */
  public enum Program {
    /** That of {@link ReplayWork}. */
    REPLAY,
    /** The same into the memory of a result that is there. */
    INTO,
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
  private final Work program;
  private final MemoryStatistics start;

  private AllocationWork(Device device, Work program) {
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
      Work prepared =
          switch (program) {
            case REPLAY -> replay(device, false);
            case INTO -> replay(device, true);
            case STEP -> step(device);
          };
      return new AllocationWork(device, prepared);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static Work replay(Device device, boolean into) {
    try (Scope scope = device.open()) {
      Tensor x = scope.keep(device.key(1).uniform(DType.FLOAT32, Shape.of(16, 16)));
      Compiled1<Tensor, Tensor> chain = ReplayWork.compile(device, x);
      Tensor there = scope.keep(chain.run(x));
      float[] result = there.toFloatArray();
      // Columns less their maximum have the maximum 0, and so has every second one from then on.
      if (!Arrays.equals(result, new float[16])) {
        throw new IllegalStateException("replay: " + Arrays.toString(result) + ", not zeros");
      }
      Runnable run = into ? () -> chain.runInto(there, x) : () -> chain.run(x).close();
      return Work.of(run, device::close);
    }
  }

  private static Work step(Device device) {
    Perceptron task = new Perceptron(Perceptron.Net.MNIST);
    Computation step = new CotangentEngine().on(device, task);
    step.check(task);
    return step;
  }

  @Override
  public void run() {
    program.run();
  }

  /** {@return the device's figures} */
  public Memory memory() {
    return Memory.of(device.memory(), start);
  }

  @Override
  public void close() {
    program.close();
  }
}
