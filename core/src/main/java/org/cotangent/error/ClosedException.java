package org.cotangent.error;

/** A tensor, scope, compiled program or device used after it was closed or donated. */
public final class ClosedException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public ClosedException(String message) {
    super(message);
  }
}
