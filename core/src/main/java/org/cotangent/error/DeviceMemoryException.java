package org.cotangent.error;

/**
 * Out of device memory, after caches were trimmed and forgotten tensors reclaimed. The message has
 * requested, live and reserved bytes, the limit, and the largest live tensors.
 */
public final class DeviceMemoryException extends DeviceException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message requested, live, reserved bytes, the limit and the largest live tensors
   */
  public DeviceMemoryException(String message) {
    super(message);
  }
}
