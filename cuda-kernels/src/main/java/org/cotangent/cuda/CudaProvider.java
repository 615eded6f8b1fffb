package org.cotangent.cuda;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.error.DeviceException;

/** Offers the device {@code cuda}, which this version has no kernels for. */
public final class CudaProvider implements BackendProvider {
  private static final String REASON =
      "this version of cotangent-cuda has no kernels yet; use device cpu";

  /** Called by the service loader. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.of(REASON);
  }

  @Override
  public List<DeviceFacts> devices() {
    return List.of();
  }

  @Override
  public Backend open(BackendOptions options) {
    throw new DeviceException("device cuda cannot be used: " + REASON);
  }
}
