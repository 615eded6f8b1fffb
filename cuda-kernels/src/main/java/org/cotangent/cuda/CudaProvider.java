package org.cotangent.cuda;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.cuda.driver.CudaLibrary;
import org.cotangent.cuda.driver.Driver;

/** Finds the GPUs that NVIDIA's driver offers. */
public final class CudaProvider implements BackendProvider {
  /** For the service loader. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  /** {@return why there is no CUDA here} Asks the driver for its version, and for no device. */
  @Override
  public Optional<String> unavailable() {
    return CudaLibrary.missing();
  }

  @Override
  public List<DeviceFacts> devices() {
    return CudaDevices.of(CudaLibrary.load()).facts();
  }

  @Override
  public Backend open(BackendOptions options) {
    Driver driver = CudaLibrary.load();
    return new CudaBackend(driver, CudaDevices.of(driver).select(options.selector()), options);
  }
}
