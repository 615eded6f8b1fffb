package org.cotangent.type;

import org.cotangent.error.DTypeException;

/**
 * The type of a tensor's elements. Names and meaning are NumPy's; elements in memory are in the
 * machine's byte order, bool is one byte of 0 or 1.
 */
public enum DType {
  /** IEEE 754 binary32. */
  FLOAT32("float32", 4, true),
  /** IEEE 754 binary64. */
  FLOAT64("float64", 8, true),
  /** Two's complement, 32 bits. */
  INT32("int32", 4, false),
  /** Two's complement, 64 bits. */
  INT64("int64", 8, false),
  /** One byte, 0 or 1. */
  BOOL("bool", 1, false);

  private final String label;
  private final int bytes;
  private final boolean floating;

  DType(String label, int bytes, boolean floating) {
    this.label = label;
    this.bytes = bytes;
    this.floating = floating;
  }

  /** {@return the size of one element in bytes} */
  public int bytes() {
    return bytes;
  }

  /** {@return whether elements are floating-point numbers; these are the differentiable dtypes} */
  public boolean isFloating() {
    return floating;
  }

  /** {@return whether elements are two's complement integers; bool is not one} */
  public boolean isInteger() {
    return this == INT32 || this == INT64;
  }

  /**
   * {@return the dtype of this dtype's cotangents: itself}
   *
   * @throws DTypeException if it is not differentiable
   */
  public DType cotangentType() {
    if (!floating) {
      throw new DTypeException(
          "cotangentType: " + label + " has no derivative; cast to float32 or float64 first");
    }
    return this;
  }

  /**
   * {@return the Java scalar as an element of this dtype, boxed as Float, Double, Integer, Long or
   * Boolean} Floats take any double (rounded to nearest even; a finite value may not overflow),
   * integers only values they hold exactly, bool only 0 and 1.
   *
   * @param op the op on whose behalf, for the message
   * @param value the scalar
   * @throws DTypeException if the dtype cannot take the value
   */
  public Object scalar(String op, double value) {
    return switch (this) {
      case FLOAT32 -> {
        float rounded = (float) value;
        if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
          throw refuse(op, Double.toString(value), "it overflows; cast the tensor to float64");
        }
        yield (Object) rounded;
      }
      case FLOAT64 -> value;
      case INT32 -> {
        if ((int) value != value) {
          throw refuse(op, Double.toString(value), "not exact; cast the tensor to a float dtype");
        }
        yield (int) value;
      }
      case INT64 -> {
        if ((long) value != value || value == 0x1p63) {
          throw refuse(op, Double.toString(value), "not exact; cast the tensor to a float dtype");
        }
        yield (long) value;
      }
      case BOOL -> {
        if (value != 0 && value != 1) {
          throw refuse(op, Double.toString(value), "only 0 and 1 are; cast the tensor first");
        }
        yield value == 1;
      }
    };
  }

  /**
   * {@return the Java integer as an element of this dtype, see {@link #scalar(String, double)}}
   *
   * @param op the op on whose behalf, for the message
   * @param value the scalar; a float dtype rounds it
   * @throws DTypeException if the dtype cannot take the value
   */
  public Object scalar(String op, long value) {
    if (this == INT64) {
      return value;
    }
    if (this == FLOAT32) {
      return (float) value;
    }
    if (this == INT32 && (int) value != value) {
      throw refuse(op, Long.toString(value), "out of range; cast the tensor to int64");
    }
    return scalar(op, (double) value);
  }

  private DTypeException refuse(String op, String value, String why) {
    return new DTypeException(op + ": " + value + " is no " + label + ": " + why);
  }

  /**
   * {@return whether a boxed value is how this dtype's elements are boxed: Float, Double, Integer,
   * Long or Boolean}
   *
   * @param value any object
   */
  public boolean holds(Object value) {
    return switch (this) {
      case FLOAT32 -> value instanceof Float;
      case FLOAT64 -> value instanceof Double;
      case INT32 -> value instanceof Integer;
      case INT64 -> value instanceof Long;
      case BOOL -> value instanceof Boolean;
    };
  }

  /** {@return NumPy's name} */
  @Override
  public String toString() {
    return label;
  }
}
