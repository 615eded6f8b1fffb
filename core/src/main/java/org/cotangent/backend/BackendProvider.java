package org.cotangent.backend;

import java.util.List;
import java.util.Optional;

/**
 * How a backend is found: a service, in {@code module-info} and in {@code META-INF/services}.
 * Asking its name or why it is unavailable must not load native code.
 */
public interface BackendProvider {
  /** {@return the name that selects it, as in {@code cpu}} */
  String name();

  /** {@return why it cannot be used here and what to do, or empty if it can} */
  Optional<String> unavailable();

  /**
   * {@return the devices there are, in the order of their numbers; native code may be loaded}
   *
   * @throws org.cotangent.error.DeviceException if they cannot be asked; says why and what to do
   */
  List<DeviceFacts> devices();

  /**
   * {@return an opened device}
   *
   * @param options how to open it
   * @throws org.cotangent.error.DeviceException if it cannot be used
   */
  Backend open(BackendOptions options);
}
