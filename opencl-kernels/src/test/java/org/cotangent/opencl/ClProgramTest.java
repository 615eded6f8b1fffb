package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.KernelTime;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.error.NumericException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** What programs do beside computing: their errors, threads, times. */
@NeedsOpenCl
class ClProgramTest {
  private static Device opencl(DeviceOptions options) {
    return Device.named("opencl", options);
  }

  @Test
  void errorsOfElementsAreTheCpus() {
    for (int[] indices : new int[][] {{0, -4, 4, 9}, {4}, {1, 2, 3, -5}}) {
      assertEquals(
          wrongIndex(Device.cpu(), indices), wrongIndex(opencl(DeviceOptions.DEFAULT), indices));
    }
    DeviceOptions checking = DeviceOptions.DEFAULT.checkNaN(true);
    assertEquals(nan(Device.cpu(checking)), nan(opencl(checking)));
    DeviceOptions finite = DeviceOptions.DEFAULT.checkFinite(true);
    for (DType dtype : DType.values()) {
      if (dtype.isFloating()) {
        assertEquals(infinity(Device.cpu(finite), dtype), infinity(opencl(finite), dtype));
      }
    }
  }

  private static String wrongIndex(Device opened, int... wrong) {
    try (Device device = opened;
        Scope _ = device.open()) {
      Tensor data = device.arange(DType.FLOAT32, 12).reshape(4, 3);
      Tensor indices = device.tensor(wrong);
      IndexException error =
          assertThrows(IndexException.class, () -> data.take(indices, 0).toHost());
      // The device is still usable.
      assertEquals(66.0, data.sum().item());
      return message(error);
    }
  }

  private static String nan(Device opened) {
    try (Device device = opened;
        Scope _ = device.open()) {
      Tensor data = device.tensor(new float[] {1, 4, -1, 9, -2, 0}, 2, 3);
      return message(assertThrows(NumericException.class, () -> data.sqrt().toHost()));
    }
  }

  private static String infinity(Device opened, DType dtype) {
    try (Device device = opened;
        Scope _ = device.open()) {
      Tensor data = device.tensor(new float[] {1, 4, 1, 0, -2, 0}, 2, 3).cast(dtype);
      return message(assertThrows(NumericException.class, () -> data.reciprocal().toHost()));
    }
  }

  /** Both come from one line of this file for each device, whose number is left out. */
  private static String message(CotangentException error) {
    return String.valueOf(error.getMessage()).replaceAll("java:[0-9]+", "java");
  }

  @Test
  void manyThreadsRunOneProgram() throws Exception {
    try (Device device = opencl(DeviceOptions.DEFAULT);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      try (Scope _ = device.open()) {
        Tensor example = device.zeros(DType.FLOAT32, 33, 65);
        Compiled1<Tensor, Tensor> function =
            device.compiler().compile(x -> x.matmul(x.transpose()).exp().sum(0), example);
        List<Future<float[]>> results =
            IntStream.range(0, 40)
                .mapToObj(i -> threads.submit(() -> row(device, function, i)))
                .toList();
        for (int i = 0; i < results.size(); i++) {
          float[] expected = new float[33];
          float value = i % 5 / 100f;
          Arrays.fill(expected, 33 * (float) Math.exp(65.0 * value * value));
          assertArrayEquals(expected, results.get(i).get(), 1e-3f);
        }
        function.close();
      }
      assertEquals(0, device.memory().liveBytes());
    }
  }

  private static float[] row(Device device, Compiled1<Tensor, Tensor> function, int i) {
    try (Scope _ = device.open()) {
      return function.run(device.full(DType.FLOAT32, i % 5 / 100.0, 33, 65)).toFloatArray();
    }
  }

  @Test
  void timesAreMeasuredOnRequest() {
    try (Device device = opencl(DeviceOptions.DEFAULT.profiling(true));
        Scope _ = device.open()) {
      Tensor x = device.ones(DType.FLOAT32, 300, 300);
      try (Compiled1<Tensor, Tensor> function =
          device.compiler().compile(a -> a.matmul(a).sum(), x)) {
        function.run(x);
        function.run(x);
        List<KernelTime> times = function.times();
        assertTrue(times.size() >= 2, times.toString());
        assertTrue(times.stream().allMatch(time -> time.nanoseconds() > 0), times.toString());
      }
    }
  }

  @Test
  void aDeviceWithoutDoublesRefusesThem() {
    ClDevice single = Variants.with(Variants.device(), "doubles", false);
    ClBackend backend = new ClBackend(single, false, BinaryCache.configured());
    try (Device device = Device.with("single", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      Tensor x = device.tensor(new double[] {1, 2});
      DeviceException error = assertThrows(DeviceException.class, () -> x.add(x));
      assertTrue(Messages.of(error).contains("no float64"), Messages.of(error));
      assertEquals(3.0, device.tensor(new float[] {1, 2}).sum().item());
    }
  }

  @Test
  void aProgramMayBeClosedAfterItsDevice() {
    Compiled1<Tensor, Tensor> function;
    try (Device device = opencl(DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      Tensor x = device.ones(DType.FLOAT32, 7);
      function = device.compiler().compile(a -> a.add(a), x);
      function.run(x);
    }
    function.close();
  }
}
