package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.backend.BackendOptions;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.CudaLibrary;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.machine.SimulatedDriver;

/**
 * A device with the CUDA backend: on a simulated driver, or with {@code -Dcotangent.cuda.real=true}
 * on the machine's first GPU. Closing it sees that nothing of a simulated driver is kept.
 */
final class Gpu implements AutoCloseable {
  /** Whether tests run on a GPU. */
  static final boolean REAL = Boolean.getBoolean("cotangent.cuda.real");

  private final Optional<SimulatedDriver> simulated;
  private final Chip chip;
  private final Device device;

  /**
   * Opens it, with the first GPU of those that are simulated.
   *
   * @param options as a user gives them
   * @param seed of a simulated driver
   */
  Gpu(DeviceOptions options, long seed) {
    this(options, new SimulatedDriver(seed));
  }

  /**
   * Opens it.
   *
   * @param options as a user gives them
   * @param fallback the driver where there is no GPU
   */
  Gpu(DeviceOptions options, SimulatedDriver fallback) {
    simulated = REAL ? Optional.empty() : Optional.of(fallback);
    Driver driver = simulated.<Driver>map(d -> d).orElseGet(CudaLibrary::load);
    chip = CudaDevices.of(driver).select("");
    device =
        Device.with(
            "cuda",
            new CudaBackend(
                driver, chip, new BackendOptions("", 0, options.profiling(), options.tf32())),
            options);
  }

  Gpu() {
    this(DeviceOptions.DEFAULT, 1);
  }

  Device device() {
    return device;
  }

  /** {@return whether its tensor cores are used} */
  boolean hasTensorCores() {
    return chip.major() >= 8;
  }

  /** {@return the driver, if it is a simulated one} */
  Optional<SimulatedDriver> simulated() {
    return simulated;
  }

  @Override
  public void close() {
    assertEquals(0, device.memory().liveBytes());
    device.close();
    simulated.ifPresent(driver -> assertEquals(Map.of(), driver.live()));
  }
}
