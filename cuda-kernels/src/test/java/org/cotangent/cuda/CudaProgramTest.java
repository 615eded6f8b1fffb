package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.Modules;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.error.ClosedException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** What programs do beside computing: graphs, threads, times, their end. */
class CudaProgramTest {
  @Test
  void laterRunsAreGraphsWhoseBuffersMove() {
    for (int seed = 0; seed < 8; seed++) {
      try (Gpu cuda = new Gpu(DeviceOptions.DEFAULT, seed);
          Scope _ = cuda.device().open()) {
        Device device = cuda.device();
        Tensor example = device.ones(DType.FLOAT32, 3, 50);
        try (Compiled1<Tensor, Tensor> function =
            device.compiler().compile(x -> x.sum(1).exp().add(x.sum()), example)) {
          // Results stay open, so that each run has others.
          List<Tensor> results =
              IntStream.range(0, 6)
                  .mapToObj(i -> function.run(device.full(DType.FLOAT32, i * 0.01, 3, 50)))
                  .toList();
          for (int i = 0; i < 6; i++) {
            float sum = 0.5f * i;
            float[] expected = new float[3];
            Arrays.fill(expected, (float) Math.exp(sum) + 3 * sum);
            assertArrayEquals(expected, results.get(i).toFloatArray(), 1e-4f);
          }
        }
        cuda.simulated().ifPresent(driver -> assertTrue(driver.graphLaunches() >= 5));
      }
    }
  }

  @Test
  void aProgramIsClosedWhileItRuns() {
    for (int seed = 0; seed < 8; seed++) {
      try (Gpu cuda = new Gpu(DeviceOptions.DEFAULT, seed);
          Scope _ = cuda.device().open()) {
        Tensor x = cuda.device().full(DType.FLOAT32, 2, 3, 50);
        Tensor result;
        try (Compiled1<Tensor, Tensor> function =
            cuda.device().compiler().compile(a -> a.sum(1).mul(a.sum()), x)) {
          function.run(x);
          result = function.run(x);
        }
        assertEquals(3 * 100 * 300.0, result.sum().item());
      }
    }
  }

  @Test
  void manyThreadsRunOneProgram() throws Exception {
    try (Gpu cuda = new Gpu();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Device device = cuda.device();
      try (Scope _ = device.open()) {
        Tensor example = device.zeros(DType.FLOAT32, 5, 33);
        Compiled1<Tensor, Tensor> function =
            device.compiler().compile(x -> x.exp().sum(1).add(x.sum()), example);
        List<Future<float[]>> results =
            IntStream.range(0, 40)
                .mapToObj(i -> threads.submit(() -> row(device, function, i)))
                .toList();
        for (int i = 0; i < results.size(); i++) {
          float[] expected = new float[5];
          float value = i % 5 / 100f;
          Arrays.fill(expected, 33 * (float) Math.exp(value) + 5 * 33 * value);
          assertArrayEquals(expected, results.get(i).get(), 1e-3f);
        }
        function.close();
      }
    }
  }

  private static float[] row(Device device, Compiled1<Tensor, Tensor> function, int i) {
    try (Scope _ = device.open()) {
      return function.run(device.full(DType.FLOAT32, i % 5 / 100.0, 5, 33)).toFloatArray();
    }
  }

  @Test
  void timesAreMeasuredOnRequest() {
    try (Gpu cuda = new Gpu(DeviceOptions.DEFAULT.profiling(true), 1);
        Scope _ = cuda.device().open()) {
      Tensor x = cuda.device().ones(DType.FLOAT32, 30, 30);
      try (Compiled1<Tensor, Tensor> function =
          cuda.device().compiler().compile(a -> a.sum(0).exp().sum(), x)) {
        function.run(x);
        function.run(x);
        List<KernelTime> times = function.times();
        assertTrue(times.size() >= 2, times.toString());
        assertTrue(
            times.stream().allMatch(time -> time.nanoseconds() > 0 && time.runs() == 2),
            times.toString());
      }
    }
  }

  @Test
  void programsAreClosedWithTheirDevice() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    Compiled1<Tensor, Tensor> function;
    Tensor x;
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      x = device.ones(DType.FLOAT32, 7);
      function = device.compiler().compile(a -> a.exp().sum(), x);
      function.run(x);
      function.run(x);
    }
    assertEquals(Map.of(), driver.live());
    assertThrows(ClosedException.class, () -> function.run(x));
    function.close();
    assertThrows(ClosedException.class, backend.gate()::enter);
  }

  @Test
  void modulesNobodyUsesAreGivenBack() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      Tensor x = device.ones(DType.FLOAT32, 7);
      for (int i = 0; i < Modules.IDLE + 20; i++) {
        int times = i;
        try (Compiled1<Tensor, Tensor> function =
            device.compiler().compile(a -> a.add(times).mul(a), x)) {
          assertEquals(7.0 * (1 + times), function.run(x).sum().item());
        }
      }
      assertTrue(backend.context().modules().size() <= Modules.IDLE + 10);
      assertTrue(backend.context().modules().size() >= Modules.IDLE);
    }
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void oneThreadUsesTwoGpus() {
    SimulatedDriver driver = new SimulatedDriver(2);
    CudaBackend first = new CudaBackend(driver, SimulatedDriver.chip(0), BackendOptions.DEFAULT);
    CudaBackend second = new CudaBackend(driver, SimulatedDriver.chip(1), BackendOptions.DEFAULT);
    try (Device a = Device.with("a", first, DeviceOptions.DEFAULT);
        Device b = Device.with("b", second, DeviceOptions.DEFAULT);
        Scope _ = a.open();
        Scope _ = b.open()) {
      Compiled1<Tensor, Tensor> onA =
          a.compiler().compile(x -> x.exp().sum(), a.ones(DType.FLOAT32, 5));
      Compiled1<Tensor, Tensor> onB =
          b.compiler().compile(x -> x.exp().sum(), b.ones(DType.FLOAT32, 5));
      for (int i = 0; i < 4; i++) {
        Tensor x = a.full(DType.FLOAT32, i, 5);
        Tensor y = b.full(DType.FLOAT32, i + 1, 5);
        Tensor left = onA.run(x);
        Tensor right = onB.run(y);
        assertEquals(5 * Math.exp(i), left.item(), 1e-3);
        assertEquals(5 * Math.exp(i + 1), right.item(), 1e-3);
        b.synchronize();
        a.synchronize();
      }
      onA.close();
      onB.close();
    }
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void aKernelTakesNoMoreParametersThanThereAre() {
    Random random = new Random(1);
    List<int[]> orders =
        IntStream.range(0, 62)
            .mapToObj(_ -> random.ints(0, 8).distinct().limit(8).toArray())
            .toList();
    try (Gpu gpu = new Gpu();
        Scope _ = gpu.device().open()) {
      Tensor x = gpu.device().ones(DType.FLOAT32, 2, 2, 2, 2, 2, 2, 2, 2);
      try (Compiled1<Tensor, Tensor> function =
          gpu.device()
              .compiler()
              .compile(
                  a -> {
                    Tensor sum = a.mul(2);
                    for (int[] order : orders) {
                      sum = sum.add(a.transpose(order));
                    }
                    return sum;
                  },
                  x)) {
        assertEquals(64 * 256.0, function.run(x).sum().item());
      }
    }
  }
}
