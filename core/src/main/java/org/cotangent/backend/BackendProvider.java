package org.cotangent.backend;

import java.util.Optional;

/**
 * How a backend is found: a service, in {@code module-info} and in {@code META-INF/services}.
 * Asking it anything must not load native code.
 */
public interface BackendProvider {
  /** {@return the name that selects it, as in {@code cpu}} */
  String name();

  /** {@return why it cannot be used here and what to do, or empty if it can} */
  Optional<String> unavailable();

  /**
   * {@return an opened device}
   *
   * @param options how to open it
   * @throws org.cotangent.error.DeviceException if it cannot be used
   */
  Backend open(BackendOptions options);
}
