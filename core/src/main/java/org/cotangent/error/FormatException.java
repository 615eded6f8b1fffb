package org.cotangent.error;

/** A file or buffer that is not what it claims to be; names the path and the reason. */
public final class FormatException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public FormatException(String message) {
    super(message);
  }

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   * @param cause what went wrong underneath
   */
  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
