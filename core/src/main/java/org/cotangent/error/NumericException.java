package org.cotangent.error;

/** A NaN found while a program runs in the mode that checks for them. */
public final class NumericException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public NumericException(String message) {
    super(message);
  }
}
