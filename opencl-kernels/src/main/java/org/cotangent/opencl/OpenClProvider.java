package org.cotangent.opencl;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;

/** Finds the devices of all OpenCL drivers that are installed. */
public final class OpenClProvider implements BackendProvider {
  /** For the service loader. */
  public OpenClProvider() {}

  @Override
  public String name() {
    return "opencl";
  }

  /**
   * {@return why there is no OpenCL here} Asks the system for the loader, no driver for devices.
   */
  @Override
  public Optional<String> unavailable() {
    return ClLibrary.missing();
  }

  @Override
  public List<DeviceFacts> devices() {
    return ClDevices.find().all().stream().map(ClDevice::facts).toList();
  }

  @Override
  public Backend open(BackendOptions options) {
    return new ClBackend(
        ClDevices.find().select(options.selector()), options.profiling(), BinaryCache.configured());
  }
}
