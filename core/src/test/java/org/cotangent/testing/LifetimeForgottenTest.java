package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Tensors that nobody closed: found, given back and reported, and never while they are in use. */
class LifetimeForgottenTest {
  private static void collectUntil(BooleanSupplier done) throws InterruptedException {
    for (int i = 0; i < 200 && !done.getAsBoolean(); i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertTrue(done.getAsBoolean(), "after 200 collections");
  }

  /** Makes a tensor and loses it. */
  private static String forget(Device device) {
    device.tensor(new float[1000]).add(1);
    return FaceErrors.lineBefore();
  }

  @Test
  void theyAreReclaimedAndReportedWithTheirLine() throws InterruptedException {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu()) {
      String line = forget(device);
      long before = device.memory().liveBytes();
      assertTrue(before >= 8000);
      collectUntil(() -> device.reclaimed() == 2);
      assertEquals(0, device.memory().liveBytes());
      assertEquals(
          List.of(
              "float32(1000,) made by add at "
                  + line
                  + " was never closed and has been reclaimed; make it in a scope",
              "float32(1000,) made by tensor at "
                  + line
                  + " was never closed and has been reclaimed; make it in a scope"),
          log.take().stream().sorted().toList());
    }
  }

  @Test
  void afterTenReportsTheyAreOnlyCounted() throws InterruptedException {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu()) {
      IntStream.range(0, 25).forEach(i -> forget(device));
      collectUntil(() -> device.reclaimed() == 50);
      List<String> reports = log.take();
      assertEquals(10, reports.size());
      assertTrue(reports.getLast().endsWith("(further ones are only counted)"));
      assertEquals(0, device.memory().liveBytes());
    }
  }

  @Test
  void whatIsClosedOrInAScopeIsNotReported() throws InterruptedException {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu()) {
      try (Scope _ = device.open()) {
        forget(device);
        System.gc();
        Thread.sleep(20);
        assertTrue(device.memory().liveBytes() > 0, "the scope holds them");
      }
      device.scalar(1).close();
      Tensor last = device.scalar(2);
      collectUntil(() -> device.memory().liveBlocks() == 1);
      assertEquals(List.of(), log.take());
      assertEquals(0, device.reclaimed());
      assertEquals(2, last.item());
      last.close();
    }
  }

  @Test
  void aViewKeepsItsMemoryWhenTheBaseIsForgotten() throws InterruptedException {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu()) {
      Tensor view = device.arange(DType.FLOAT32, 1000).slice(0, 998, 1000);
      collectUntil(() -> device.reclaimed() == 1);
      assertEquals("[998. 999.]", view.toString());
      assertTrue(device.memory().liveBytes() >= 4000);
      view.close();
      assertEquals(0, device.memory().liveBytes());
      assertEquals(1, log.take().size());
    }
  }

  @Test
  void aFrozenTensorKeepsWhatItIsFrozenOf() throws InterruptedException {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu()) {
      Tensor frozen = device.tensor(new float[] {1, 2}).frozen();
      forget(device);
      collectUntil(() -> device.reclaimed() >= 2);
      assertEquals("[1. 2.]", frozen.toString());
      assertEquals(2, device.reclaimed());
      frozen.close();
      assertEquals(2, log.take().size());
    }
  }

  /** Out of memory is declared only after what was forgotten has been looked for. */
  @Test
  void aFullDeviceReclaimsThemFirst() {
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(48 << 20))) {
      for (int i = 0; i < 40; i++) {
        device.zeros(DType.FLOAT32, 1 << 20);
      }
      assertTrue(device.reclaimed() > 0);
      assertTrue(log.take().size() > 0);
    }
  }

  /**
   * A tensor that becomes unreachable while a run reads it: without a lease and a fence its memory
   * would be refilled by another thread, and the sums come out wrong.
   */
  @Test
  void aTensorUnreachableDuringARunIsRead() throws InterruptedException {
    int size = 1 << 18;
    AtomicBoolean stop = new AtomicBoolean();
    try (FaceLog log = new FaceLog("org.cotangent.memory");
        Device device = Device.cpu();
        var sum =
            device
                .compiler()
                .compile((Tensor p) -> p.tanh().exp().sum(), device.zeros(DType.FLOAT32, size))) {
      Thread refill =
          new Thread(() -> {
            while (!stop.get()) {
              device.full(DType.FLOAT32, 1e9, size).close();
            }
          });
      Thread collector =
          new Thread(() -> {
            while (!stop.get()) {
              System.gc();
              LockSupport.parkNanos(10_000_000);
            }
          });
      // Only compiled code lets go of a tensor that it does not need any more.
      for (int i = 0; i < 15_000; i++) {
        assertEquals(0, tanhOfZeros(device, 1));
      }
      refill.start();
      collector.start();
      try {
        for (int i = 0; i < 20; i++) {
          assertEquals(0, tanhOfZeros(device, size));
          assertEquals(size, sum.run(device.zeros(DType.FLOAT32, size)).item());
        }
      } finally {
        stop.set(true);
        refill.join();
        collector.join();
      }
      assertTrue(log.take().size() <= 10);
    }
  }

  private static double tanhOfZeros(Device device, int size) {
    return device.zeros(DType.FLOAT32, size).tanh().sum().item();
  }
}
