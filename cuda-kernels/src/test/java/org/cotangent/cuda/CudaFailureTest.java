package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.Region;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call of the driver fails once, one after the other. */
class CudaFailureTest {
  private static final int REFUSED = 1;

  /** Opens a device, compiles a function, runs it several times, and closes everything. */
  private static float[] work(SimulatedDriver driver) {
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      return steps(device);
    }
  }

  private static float[] steps(Device device) {
    Tensor x = device.arange(DType.FLOAT32, 2100).reshape(3, 700).mul(0.001f);
    try (Compiled1<Tensor, Tensor> function =
        device.compiler().compile(a -> a.exp().sum(1).add(a.sum()), x)) {
      for (int i = 0; i < 3; i++) {
        function.run(x).close();
      }
      return function.run(x).toFloatArray();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {REFUSED, DriverException.OUT_OF_MEMORY, SimulatedDriver.ILLEGAL_ADDRESS})
  void everyCallMayFail(int code) {
    SimulatedDriver whole = new SimulatedDriver(1);
    float[] expected = work(whole);
    assertEquals(Map.of(), whole.live());
    assertTrue(whole.calls() > 40, whole.calls() + " calls");
    int refused = 0;
    for (long call = 0; call < whole.calls(); call++) {
      SimulatedDriver driver = new SimulatedDriver(1);
      driver.fail(call, code);
      try {
        assertArrayEquals(expected, work(driver), "call " + call);
      } catch (CotangentException e) {
        refused++;
        assertTrue(String.valueOf(e.getMessage()).contains("cuda"), e.toString());
      }
      requireAlmostNothing(driver, call);
    }
    assertTrue(refused > 5, refused + " refused");
  }

  /** What was to be given back by the call that failed is lost, and nothing else. */
  private static void requireAlmostNothing(SimulatedDriver driver, long call) {
    int left = driver.live().values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(left <= 1, "call " + call + " leaves " + driver.live());
  }

  @Test
  void aDeviceWorksOnAfterAFailure() {
    SimulatedDriver whole = new SimulatedDriver(1);
    float[] expected = work(whole);
    for (long call = 3; call < whole.calls(); call += 2) {
      SimulatedDriver driver = new SimulatedDriver(1);
      CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
      try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT)) {
        driver.fail(call, REFUSED);
        try (Scope _ = device.open()) {
          steps(device);
        } catch (CotangentException e) {
          // One of them fails.
        }
        driver.recover();
        try (Scope _ = device.open()) {
          assertArrayEquals(expected, steps(device), "after call " + call);
        }
        assertEquals(0, device.memory().liveBytes());
      }
      requireAlmostNothing(driver, call);
    }
  }

  @Test
  void parametersOfAGraphAreNeverOld() {
    for (long call = 0; call < 40; call++) {
      SimulatedDriver driver = new SimulatedDriver(1);
      CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
      try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
          Scope _ = device.open()) {
        List<Tensor> inputs =
            IntStream.range(0, 4).mapToObj(i -> device.full(DType.FLOAT32, i, 3, 5)).toList();
        try (Compiled1<Tensor, Tensor> function =
            device.compiler().compile(a -> a.sum(1).mul(2).add(a.sum()), inputs.getFirst())) {
          function.run(inputs.getFirst());
          function.run(inputs.getFirst());
          driver.fail(call, REFUSED);
          for (int i = 0; i < 4; i++) {
            try {
              assertEquals(25.0 * i, function.run(inputs.get(i)).max().item(), "call " + call);
            } catch (DeviceException e) {
              // One of them fails.
            }
          }
          driver.recover();
        }
      }
    }
  }

  @Test
  void whatCachesHoldMakesRoomForPrograms() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT.checkNaN(true));
        Scope _ = device.open()) {
      int most = (int) (SimulatedDriver.chip().memoryBytes() / Float.BYTES);
      // A program with reports needs memory of its own.
      device.tensor(new float[most - (8 << 20)]).close();
      device.tensor(new float[7 << 20]).close();
      assertEquals(3, device.ones(DType.FLOAT32, 3).sum().item());
    }
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void aFreeThatFailsIsTriedAgain() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    DeviceMemory<Long> memory = backend.memory();
    Region region = Objects.requireNonNull(memory.allocate(512));
    // The wait before it is the first call.
    driver.fail(1, REFUSED);
    assertThrows(DeviceException.class, () -> memory.free(region));
    memory.free(region);
    backend.close();
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void aLostContextEndsWhenAllItsDevicesAreClosed() {
    SimulatedDriver driver = new SimulatedDriver(1);
    float[] expected = work(driver);
    CudaBackend first = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    CudaBackend second = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    driver.fail(0, SimulatedDriver.ILLEGAL_ADDRESS);
    assertThrows(DeviceException.class, first::synchronize);
    first.close();
    assertThrows(
        DeviceException.class,
        () -> new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT));
    second.close();
    assertEquals(Map.of(), driver.live());
    assertArrayEquals(expected, work(driver));
  }

  @Test
  void memoryThatLacksIsSaid() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      CotangentException error =
          assertThrows(CotangentException.class, () -> device.zeros(DType.FLOAT32, 100_000_000));
      assertTrue(String.valueOf(error.getMessage()).contains("400000000"), error.toString());
      assertEquals(3, device.ones(DType.FLOAT32, 3).sum().item());
    }
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void aLostContextIsSaidAndOpensAgain() {
    SimulatedDriver driver = new SimulatedDriver(1);
    float[] expected = work(driver);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
    try (Device device = Device.with("cuda", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      Tensor x = device.ones(DType.FLOAT32, 3);
      driver.fail(1, SimulatedDriver.ILLEGAL_ADDRESS);
      DeviceException error = assertThrows(DeviceException.class, () -> x.exp().toHost());
      assertTrue(String.valueOf(error.getMessage()).contains("lost"), error.toString());
      assertThrows(DeviceException.class, () -> x.exp().toHost());
    }
    assertEquals(Map.of(), driver.live());
    assertArrayEquals(expected, work(driver));
  }

  @Test
  void codesAreAdvice() {
    assertTrue(
        new DriverException("cuInit", 100, "CUDA_ERROR_NO_DEVICE").advice().contains("nvidia-smi"));
    assertTrue(new DriverException("x", 222, "").advice().contains("too old"));
    assertTrue(new DriverException("x", 719, "").isLost());
    assertFalse(new DriverException("x", 701, "").isLost());
    assertFalse(new DriverException("x", 704, "").isLost());
    assertTrue(new DriverException("x", 2, "").isOutOfMemory());
  }
}
