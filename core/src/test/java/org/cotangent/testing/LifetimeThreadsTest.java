package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.cotangent.Compiled2;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What several threads do to the same tensors, programs and devices. */
@Timeout(60)
class LifetimeThreadsTest {
  @Test
  void closingAnInputDuringARunTakesEffectAfterIt() throws Exception {
    GatedBackend gate = new GatedBackend();
    try (Device device = Device.with("gate", gate, DeviceOptions.DEFAULT);
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      Tensor[] other = new Tensor[1];
      String sum =
          gate.inThread(
              pool,
              () -> {
                try (Tensor result = x.add(1)) {
                  return result.toString();
                }
              },
              () -> {
                x.close();
                assertTrue(device.memory().liveBlocks() >= 2, "the run holds it");
                // Would get the memory of x if that were free.
                other[0] = device.tensor(new double[] {7, 7, 7});
              });
      assertEquals("[2. 3. 4.]", sum);
      message(ClosedException.class, () -> x.add(1));
      other[0].close();
      assertEquals(0, device.memory().liveBlocks());
    }
  }

  @Test
  void closingAProgramDuringItsRunTakesEffectAfterIt() throws Exception {
    GatedBackend gate = new GatedBackend();
    try (Device device = Device.with("gate", gate, DeviceOptions.DEFAULT);
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      Tensor constant = device.tensor(new double[] {10, 20, 30});
      var program = device.compiler().compile((Tensor p) -> p.add(constant.frozen()), x);
      String sum =
          gate.inThread(
              pool,
              () -> {
                try (Tensor result = program.run(x)) {
                  return result.toString();
                }
              },
              program::close);
      assertEquals("[11. 22. 33.]", sum);
      message(ClosedException.class, () -> program.run(x));
      x.close();
      constant.close();
      assertEquals(0, device.memory().liveBlocks());
    }
  }

  @Test
  void donatingWhatARunReadsIsAnError() throws Exception {
    GatedBackend gate = new GatedBackend();
    try (Device device = Device.with("gate", gate, DeviceOptions.DEFAULT);
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      var step = device.compiler().donate(0).compile((Tensor p) -> p.neg(), x);
      gate.inThread(
          pool,
          () -> x.mul(2).toString(),
          () ->
              assertTrue(
                  message(DeviceException.class, () -> step.run(x))
                      .startsWith(
                          "donate: float64(3,) shares its memory with a view or a run in progress;"
                              + " close those first (at LifetimeThreadsTest.java:")));
      assertEquals("[-1. -2. -3.]", step.run(x).toString());
    }
  }

  @Test
  void closingADeviceWaitsForItsRuns() throws Exception {
    GatedBackend gate = new GatedBackend();
    Device device = Device.with("gate", gate, DeviceOptions.DEFAULT);
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      List<Future<?>> closing = new ArrayList<>();
      Tensor result =
          gate.inThread(
              pool,
              () -> x.add(1),
              () -> {
                closing.add(pool.submit(device::close));
                try {
                  Thread.sleep(50);
                } catch (InterruptedException interrupted) {
                  throw new AssertionError(interrupted);
                }
                assertFalse(closing.getFirst().isDone());
              });
      closing.getFirst().get();
      assertEquals("float64(3,) on the closed device gate", result.toString());
    }
  }

  /** On the real CPU, at any moment: threads in the middle of runs, reads and writes. */
  @Test
  void aDeviceClosedUnderLoadEndsEveryThreadWithClosedException() throws Exception {
    for (int round = 0; round < 5; round++) {
      Device device = Device.cpu(DeviceOptions.DEFAULT.threads(2));
      AtomicInteger done = new AtomicInteger();
      try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
        List<Future<String>> ends = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
          ends.add(
              pool.submit(() ->
                  message(
                      ClosedException.class,
                      () -> {
                        while (true) {
                          try (Scope _ = device.open()) {
                            Tensor x = device.tensor(new float[5000]);
                            x.add(1).tanh().sum().item();
                            Cotangent.grad(p -> p.square().sum(), x).toHost();
                            done.incrementAndGet();
                          }
                        }
                      })));
        }
        while (done.get() < 4) {
          Thread.onSpinWait();
        }
        device.close();
        for (Future<String> end : ends) {
          assertTrue(end.get().contains("device cpu is closed; open another"), end.get());
        }
      }
      assertEquals(0, device.memory().reservedBytes());
    }
  }

  private static Tensor network(Tensor x, Tensor w) {
    return Cotangent.grad(p -> x.matmul(p).tanh().logSoftmax(1).max(1).sum(), w);
  }

  private static String bits(Compiled2<Tensor, Tensor, Tensor> program, Device device, int size) {
    try (Scope _ = device.open()) {
      Tensor x = device.key(size).normal(DType.FLOAT32, Shape.of(size, 17));
      Tensor w = device.key(-size).normal(DType.FLOAT32, Shape.of(17, size + 3));
      StringBuilder text = new StringBuilder();
      for (float value : program.run(x, w).toFloatArray()) {
        text.append(Float.floatToRawIntBits(value)).append(' ');
      }
      return text.toString();
    }
  }

  @Test
  void eightThreadsRunOneProgramWithTheBitsOfOne() throws Exception {
    try (FaceLog _ = new FaceLog("org.cotangent.compile");
        Device device = Device.cpu(DeviceOptions.DEFAULT.threads(2));
        ExecutorService pool = Executors.newFixedThreadPool(8)) {
      Tensor x = device.zeros(DType.FLOAT32, 1, 17);
      Tensor w = device.zeros(DType.FLOAT32, 17, 4);
      try (var alone = device.compiler().compile(LifetimeThreadsTest::network, x, w);
          var shared = device.compiler().compile(LifetimeThreadsTest::network, x, w)) {
        List<String> expected =
            IntStream.rangeClosed(1, 16).mapToObj(size -> bits(alone, device, size)).toList();
        List<Future<?>> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
          int first = t * 2;
          threads.add(
              pool.submit(() -> {
                for (int i = 0; i < 48; i++) {
                  int size = (first + i) % 16;
                  assertEquals(expected.get(size), bits(shared, device, size + 1));
                }
              }));
        }
        for (Future<?> thread : threads) {
          thread.get();
        }
      }
      x.close();
      w.close();
      assertEquals(0, device.memory().liveBytes());
      assertEquals(0, device.reclaimed());
    }
  }
}
