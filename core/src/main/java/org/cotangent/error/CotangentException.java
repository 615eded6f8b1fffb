package org.cotangent.error;

/**
 * The root of everything the engine throws on purpose. A message names the op the user called, the
 * values it was called with, and the next step.
 */
public abstract sealed class CotangentException extends RuntimeException
    permits ArgumentException,
        ShapeException,
        DTypeException,
        IndexException,
        TraceException,
        ClosedException,
        DeviceException,
        FormatException,
        NumericException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public CotangentException(String message) {
    super(message);
  }

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   * @param cause what went wrong underneath
   */
  public CotangentException(String message, Throwable cause) {
    super(message, cause);
  }
}
