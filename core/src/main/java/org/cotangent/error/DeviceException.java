package org.cotangent.error;

/** A device that cannot be used, failed, or was handed another device's tensor. */
public non-sealed class DeviceException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public DeviceException(String message) {
    super(message);
  }

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   * @param cause what went wrong underneath
   */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
