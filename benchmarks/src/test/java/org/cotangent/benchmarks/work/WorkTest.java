package org.cotangent.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.cotangent.Device;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each piece of work can be run more than once. */
class WorkTest {
  private static void runTwice(Work opened) {
    try (Work work = opened) {
      work.run();
      work.run();
    }
  }

  @Test
  void cotangentWorksOnTheCpu() {
    runTwice(ReplayWork.cotangent("cpu"));
    runTwice(BatchesWork.cotangent("cpu", 300, 2, true));
    runTwice(BatchesWork.copy(300, true));
    runTwice(UpdateWork.cotangent("cpu", 3, 1000));
    runTwice(ReduceWork.cotangent("cpu", "100x33", 0));
    runTwice(ReduceWork.cotangent("cpu", "3x1500", 1));
  }

  @ParameterizedTest
  @EnumSource
  void elementsOfEveryKind(ElementsWork.Kind kind) {
    runTwice(ElementsWork.cotangent("cpu", kind, 1600));
  }

  @ParameterizedTest
  @EnumSource
  void arraysBecomeTensors(NumpyWork work) {
    runTwice(work.open("cpu", 5000));
  }

  @Test
  void openClPeersWork() {
    assumeTrue(OpenCl.unavailable().isEmpty(), () -> OpenCl.unavailable().orElse(""));
    runTwice(CopyWork.copy(65536));
    runTwice(ReplayWork.launches());
  }

  @Test
  void replayHasTenKernels() {
    try (Device device = Device.cpu();
        var _ = device.open()) {
      var x = device.key(1).uniform(DType.FLOAT32, Shape.of(16, 16));
      var chain = ReplayWork.compile(device, x);
      long kernels = chain.explain().lines().filter(line -> line.contains("] -> [b")).count();
      assertEquals(ReplayWork.KERNELS, kernels, chain::explain);
    }
  }

  @Test
  void reduceWantsAMatrix() {
    assertThrows(IllegalArgumentException.class, () -> ReduceWork.cotangent("cpu", "7", 0));
  }

  @Test
  void unknownDeviceIsRefused() {
    assertThrows(DeviceException.class, () -> ReplayWork.cotangent("nowhere"));
  }

  @Test
  void nothingDoesNothing() {
    runTwice(Work.NOTHING);
  }
}
