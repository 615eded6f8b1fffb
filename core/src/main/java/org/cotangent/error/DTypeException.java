package org.cotangent.error;

/** Dtypes that do not fit the op, or a conversion that would lose values. */
public final class DTypeException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public DTypeException(String message) {
    super(message);
  }
}
