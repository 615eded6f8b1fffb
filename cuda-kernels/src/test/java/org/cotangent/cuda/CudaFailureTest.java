package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Each call of the driver fails once, one after the other. */
class CudaFailureTest {
  private static final int REFUSED = 1;

  /** Opens a device, compiles a function, runs it several times, and closes everything. */
  private static float[] work(SimulatedDriver driver) {
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), false);
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

  @Test
  void everyCallMayFail() {
    SimulatedDriver whole = new SimulatedDriver(1);
    float[] expected = work(whole);
    assertEquals(Map.of(), whole.live());
    assertTrue(whole.calls() > 40, whole.calls() + " calls");
    int refused = 0;
    for (long call = 0; call < whole.calls(); call++) {
      SimulatedDriver driver = new SimulatedDriver(1);
      driver.fail(call, REFUSED);
      try {
        assertArrayEquals(expected, work(driver), "call " + call);
      } catch (CotangentException e) {
        refused++;
        assertTrue(String.valueOf(e.getMessage()).contains("cuda"), e.toString());
      }
      // What was to be given back by the call that failed is lost, and nothing else.
      int left = driver.live().values().stream().mapToInt(Integer::intValue).sum();
      assertTrue(left <= 1, "call " + call + " leaves " + driver.live());
    }
    assertTrue(refused > 20, refused + " refused");
  }

  @Test
  void aDeviceWorksOnAfterAFailure() {
    SimulatedDriver whole = new SimulatedDriver(1);
    float[] expected = work(whole);
    for (long call = 3; call < whole.calls(); call += 2) {
      SimulatedDriver driver = new SimulatedDriver(1);
      CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), false);
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
    }
  }

  @Test
  void memoryThatLacksIsSaid() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), false);
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
    CudaBackend backend = new CudaBackend(driver, SimulatedDriver.chip(), false);
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
    assertTrue(new DriverException("x", 2, "").isOutOfMemory());
  }
}
