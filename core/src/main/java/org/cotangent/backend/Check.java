package org.cotangent.backend;

/** What a program looks for in the float results of each of its kernels. */
public enum Check {
  /** Nothing. */
  NOTHING,
  /** The first NaN. */
  NAN,
  /** The first NaN or infinity. */
  NOT_FINITE;

  /**
   * {@return what finds all that this and another one find}
   *
   * @param other what else is looked for
   */
  public Check and(Check other) {
    return compareTo(other) < 0 ? other : this;
  }

  /**
   * {@return whether a value is looked for}
   *
   * @param value of a result
   */
  public boolean finds(double value) {
    return switch (this) {
      case NOTHING -> false;
      case NAN -> Double.isNaN(value);
      case NOT_FINITE -> !Double.isFinite(value);
    };
  }

  /** {@return what is looked for, for a message} */
  @Override
  public String toString() {
    return switch (this) {
      case NOTHING -> "nothing";
      case NAN -> "NaN";
      case NOT_FINITE -> "NaN or infinity";
    };
  }
}
