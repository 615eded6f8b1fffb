package org.cotangent.error;

/** Shapes, axes or sizes that do not fit the op, or whose product overflows. */
public final class ShapeException extends CotangentException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the error.
   *
   * @param message op, values and next step
   */
  public ShapeException(String message) {
    super(message);
  }
}
