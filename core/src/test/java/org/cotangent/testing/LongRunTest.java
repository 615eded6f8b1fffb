package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.cotangent.Compiled1;
import org.cotangent.Compiled2;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/**
 * What grows with the number of runs is a leak: after a tenth of them device memory, heap and
 * classes are as they are at the end. A build takes a hundredth; {@code -Dcotangent.long=true} runs
 * a million replays, compiles for ten thousand shapes and opens a thousand devices, and prints what
 * it found.
 */
class LongRunTest {
  private static final int PART = Boolean.getBoolean("cotangent.long") ? 1 : 100;

  /** Bytes by which a heap differs from itself: caches of the JVM, of locks, of the test. */
  private static final long HEAP_NOISE = 4 << 20;

  /** Classes that come late: lambdas of rare ways, proxies of the test. */
  private static final long CLASS_NOISE = 100;

  private record Held(long heap, long classes, int threads) {
    static Held now() {
      MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
      long heap = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        System.gc();
        heap = Math.min(heap, memory.getHeapMemoryUsage().getUsed());
      }
      return new Held(
          heap,
          ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }
  }

  /** Does something so often; the last nine tenths must leave nothing. */
  private static void repeat(String what, int times, IntConsumer action) {
    int first = times / 10;
    for (int i = 0; i < first; i++) {
      action.accept(i);
    }
    Held before = Held.now();
    for (int i = first; i < times; i++) {
      action.accept(i);
    }
    Held after = Held.now();
    System.out.printf("%d %s: %s, then %s%n", times, what, before, after);
    assertTrue(after.heap() <= before.heap() + HEAP_NOISE, () -> before + " " + after);
    assertTrue(after.classes() <= before.classes() + CLASS_NOISE, () -> before + " " + after);
    assertTrue(after.threads() <= before.threads() + 2, () -> before + " " + after);
  }

  @Test
  void replays() {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.threads(2));
        Scope scope = device.open()) {
      Tensor x = device.key(1).uniform(DType.FLOAT32, Shape.of(16, 16));
      Tensor y = device.key(2).uniform(DType.FLOAT32, Shape.of(16));
      Compiled2<Tensor, Tensor, Tensor> layer =
          device.compiler().compile((Tensor a, Tensor b) -> a.matmul(a).add(b).tanh().sum(0), x, y);
      Tensor[] state = {scope.keep(layer.run(x, y))};
      List<MemoryStatistics> seen = new ArrayList<>();
      repeat(
          "replays",
          1_000_000 / PART,
          i -> {
            Tensor next = layer.run(x, state[0]);
            state[0].close();
            state[0] = next;
            if (i % 1000 == 999) {
              seen.add(device.memory());
            }
          });
      assertEquals(seen.getFirst().liveBytes(), seen.getLast().liveBytes());
      assertEquals(seen.getFirst().reservedBytes(), seen.getLast().reservedBytes());
      assertEquals(seen.getFirst().rawAllocations(), seen.getLast().rawAllocations());
      layer.close();
    }
  }

  @Test
  void compilations() {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
        Scope _ = device.open()) {
      Tensor one = device.ones(DType.FLOAT32, 1);
      try (Compiled1<Tensor, Tensor> compiled =
          device.compiler().compile((Tensor p) -> p.add(one.frozen()).exp().sum(), one)) {
        List<MemoryStatistics> seen = new ArrayList<>();
        repeat(
            "compilations",
            10_000 / PART,
            i -> {
              try (Scope _ = device.open()) {
                compiled.run(device.zeros(DType.FLOAT32, 1 + i));
              }
              if (i >= 70) {
                // From then on each program takes another one's place.
                seen.add(device.memory());
              }
            });
        assertEquals(seen.getFirst().liveBlocks(), seen.getLast().liveBlocks());
      }
    }
  }

  @Test
  void devices() {
    repeat(
        "devices",
        1_000 / PART,
        i -> {
          Device device = Device.cpu(DeviceOptions.DEFAULT.threads(2));
          try (Scope _ = device.open()) {
            Tensor x = device.key(i).uniform(DType.FLOAT32, Shape.of(200, 200));
            assertTrue(Double.isFinite(x.matmul(x).sum().item()));
          }
          device.close();
          assertEquals(0, device.memory().reservedBytes());
        });
  }
}
