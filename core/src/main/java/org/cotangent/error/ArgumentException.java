package org.cotangent.error;

/** An argument that no tensor is to blame for: null, an unknown option, a static value. */
public final class ArgumentException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public ArgumentException(String message) {
    super(message);
  }
}
