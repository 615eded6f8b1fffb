package org.cotangent.benchmarks;

import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.error.DeviceException;

/** Which devices of Cotangent can be measured here. */
final class Engines {
  private Engines() {}

  /** {@return why a device cannot be measured, or empty if it can} */
  static Optional<String> unavailable(String device) {
    try (Device _ = Device.named(device)) {
      return Optional.empty();
    } catch (DeviceException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
