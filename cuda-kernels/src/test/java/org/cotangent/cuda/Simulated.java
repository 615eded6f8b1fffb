package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.cuda.machine.SimulatedDriver;

/** The CUDA backend on a simulated driver; closing sees that nothing of the driver is kept. */
final class Simulated implements AutoCloseable {
  private final SimulatedDriver driver;
  private final Device device;

  Simulated(DeviceOptions options, long seed) {
    driver = new SimulatedDriver(seed);
    device =
        Device.with(
            "cuda", new CudaBackend(driver, SimulatedDriver.chip(), options.profiling()), options);
  }

  Simulated() {
    this(DeviceOptions.DEFAULT, 1);
  }

  Device device() {
    return device;
  }

  SimulatedDriver driver() {
    return driver;
  }

  @Override
  public void close() {
    assertEquals(0, device.memory().liveBytes());
    device.close();
    assertEquals(Map.of(), driver.live());
  }
}
