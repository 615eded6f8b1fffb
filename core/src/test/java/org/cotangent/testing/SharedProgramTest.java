package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.cotangent.Compiled1;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sixteen threads run one compiled function on more shapes than it keeps programs for, so that
 * programs are compiled, found, evicted and closed while others run; results are those of one
 * thread, to the bit. A build takes half a minute of it, {@code mvn -q -Pstress -pl core} an hour.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class SharedProgramTest {
  private static final int THREADS = 16;
  private static final int SHAPES = 80;

  /** Of one of the three pools. */
  private static final long MILLIS = Integer.getInteger("cotangent.stress", 1) * 1000L / 3;

  /** A product, reductions both ways, an index: most kinds of kernel. */
  private static Tensor loss(Tensor p) {
    Tensor q = p.matmul(p.transpose()).softmax(1).matmul(p);
    return Cotangent.grad(x -> x.square().sum(0).mul(x.max(0)).sum(), q).add(p.sort(0));
  }

  private static float[] run(Compiled1<Tensor, Tensor> compiled, Tensor x) {
    try (Tensor result = compiled.run(x)) {
      return result.toFloatArray();
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "8"})
  void threadsShareAFunction(int pool) throws Exception {
    // Each time that a program is compiled again would be a line.
    try (FaceLog _ = new FaceLog("org.cotangent.compile", false);
        Device device = Device.cpu(DeviceOptions.DEFAULT.threads(pool));
        Scope _ = device.open();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Tensor> inputs = new ArrayList<>();
      for (int rows = 1; rows <= SHAPES; rows++) {
        inputs.add(device.key(rows).uniform(DType.FLOAT32, Shape.of(rows, 9)));
      }
      Compiled1<Tensor, Tensor> compiled =
          device.compiler().compile(SharedProgramTest::loss, inputs.getFirst());
      List<float[]> expected = inputs.stream().map(x -> run(compiled, x)).toList();
      long live = device.memory().liveBlocks();
      CyclicBarrier start = new CyclicBarrier(THREADS);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
      List<Callable<Integer>> calls = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Random random = new Random(t);
        calls.add(() -> {
          start.await();
          int runs = 0;
          // Each at least once round, on however slow a machine.
          while (runs < SHAPES / THREADS || System.nanoTime() < end) {
            int which = random.nextInt(SHAPES);
            assertArrayEquals(expected.get(which), run(compiled, inputs.get(which)), 0);
            runs++;
          }
          return runs;
        });
      }
      int runs = 0;
      for (Future<Integer> each : threads.invokeAll(calls)) {
        runs += each.get();
      }
      assertTrue(runs >= SHAPES, "runs: " + runs);
      assertEquals(live, device.memory().liveBlocks());
      compiled.close();
    }
  }

  /** An interrupt does not end a run, and is still there after it. */
  @ParameterizedTest
  @CsvSource({"1", "2"})
  void anInterruptWaits(int pool) {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.threads(pool));
        Scope _ = device.open()) {
      Tensor x = device.key(1).uniform(DType.FLOAT32, Shape.of(300, 300));
      float[] expected = x.matmul(x).toFloatArray();
      Thread.currentThread().interrupt();
      float[] found = x.matmul(x).toFloatArray();
      assertTrue(Thread.interrupted());
      assertArrayEquals(expected, found, 0);
    }
  }
}
