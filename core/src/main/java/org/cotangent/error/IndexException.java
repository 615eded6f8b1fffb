package org.cotangent.error;

/** An index outside the axis it points into; names position and value. */
public final class IndexException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public IndexException(String message) {
    super(message);
  }
}
