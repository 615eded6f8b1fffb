package org.cotangent;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;

/**
 * What one backend has to offer on this machine.
 *
 * @param name of the backend, as in {@code opencl}
 * @param unavailable why none of its devices can be used and what to do; empty if they can
 * @param devices the devices there are, by the names that select them
 */
public record DeviceListing(String name, Optional<String> unavailable, List<DeviceFacts> devices) {
  /** Copies the list. */
  public DeviceListing {
    devices = List.copyOf(devices);
  }

  /** Asks a provider; what it throws becomes the reason why its devices cannot be used. */
  static DeviceListing of(BackendProvider provider) {
    try {
      Optional<String> reason = provider.unavailable();
      return new DeviceListing(
          provider.name(), reason, reason.isPresent() ? List.of() : provider.devices());
    } catch (RuntimeException | LinkageError failure) {
      // A driver that is half installed shows as an unsatisfied link.
      return new DeviceListing(provider.name(), Optional.of(reason(failure)), List.of());
    }
  }

  /** What failed, in words if it has any. */
  static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
