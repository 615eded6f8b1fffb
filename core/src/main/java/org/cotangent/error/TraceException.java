package org.cotangent.error;

/** A traced tensor used as a number, captured, or used after its trace ended. */
public final class TraceException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public TraceException(String message) {
    super(message);
  }

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   * @param cause what went wrong underneath
   */
  public TraceException(String message, Throwable cause) {
    super(message, cause);
  }
}
