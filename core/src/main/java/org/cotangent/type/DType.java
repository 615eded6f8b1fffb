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
  BOOL("bool", 1, false),
  /** IEEE 754 binary16; kernels compute in float32. */
  FLOAT16("float16", 2, true),
  /** The upper half of a float32: its range with 8 bits of precision; computed in float32. */
  BFLOAT16("bfloat16", 2, true),
  /** Two's complement, 8 bits; kernels compute in int32, and the result wraps. */
  INT8("int8", 1, false),
  /** Two's complement, 16 bits; kernels compute in int32, and the result wraps. */
  INT16("int16", 2, false),
  /** 0 to 255; kernels compute in int32, and the result wraps. */
  UINT8("uint8", 1, false);

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

  /** {@return whether elements are integers; bool is not one} */
  public boolean isInteger() {
    return !floating && this != BOOL;
  }

  /**
   * {@return the dtype in which kernels compute with such elements: float32 for float16 and
   * bfloat16, int32 for int8, int16 and uint8, else this one} Memory has the narrow dtype; each
   * result is rounded to it, to nearest even, or wraps.
   */
  public DType arithmetic() {
    return switch (this) {
      case FLOAT32, FLOAT64, INT32, INT64, BOOL -> this;
      case FLOAT16, BFLOAT16 -> FLOAT32;
      case INT8, INT16, UINT8 -> INT32;
    };
  }

  /** {@return whether kernels compute in another dtype, see {@link #arithmetic}} */
  public boolean isNarrow() {
    return arithmetic() != this;
  }

  /**
   * {@return the smallest integer of this dtype}
   *
   * @throws DTypeException if it has no integers
   */
  public long smallestInteger() {
    return switch (this) {
      case INT8, INT16, INT32, INT64 -> -1L << (8 * bytes - 1);
      case UINT8 -> 0;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BOOL ->
          throw new DTypeException(
              "smallestInteger: " + label + " is no integer dtype; ask isInteger first");
    };
  }

  /**
   * {@return the largest integer of this dtype}
   *
   * @throws DTypeException if it has no integers
   */
  public long largestInteger() {
    if (!isInteger()) {
      throw new DTypeException(
          "largestInteger: " + label + " is no integer dtype; ask isInteger first");
    }
    return this == UINT8 ? 255 : ~smallestInteger();
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
   * {@return the Java scalar as an element of this dtype, boxed as {@link #holds} says} Floats take
   * any double (rounded to nearest even; a finite value may not overflow), integers only values
   * they hold exactly, bool only 0 and 1.
   *
   * @param op the op on whose behalf, for the message
   * @param value the scalar
   * @throws DTypeException if the dtype cannot take the value
   */
  public Object scalar(String op, double value) {
    if (floating) {
      Object rounded = rounded(value);
      if (Double.isInfinite(((Number) rounded).doubleValue()) && !Double.isInfinite(value)) {
        throw refuse(op, Double.toString(value), "it overflows; cast the tensor to float64");
      }
      return rounded;
    }
    if (this == BOOL) {
      if (value != 0 && value != 1) {
        throw refuse(op, Double.toString(value), "only 0 and 1 are; cast the tensor first");
      }
      return value == 1;
    }
    if ((long) value != value || value == 0x1p63 || !inRange((long) value)) {
      throw refuse(op, Double.toString(value), "not exact; cast the tensor to a float dtype");
    }
    return boxed((long) value);
  }

  /**
   * {@return the Java integer as an element of this dtype, see {@link #scalar(String, double)}}
   *
   * @param op the op on whose behalf, for the message
   * @param value the scalar; a float dtype rounds it
   * @throws DTypeException if the dtype cannot take the value
   */
  public Object scalar(String op, long value) {
    if (this == FLOAT32) {
      return (float) value;
    }
    if (!isInteger()) {
      return scalar(op, (double) value);
    }
    if (!inRange(value)) {
      throw refuse(op, Long.toString(value), "out of range; cast the tensor to int64");
    }
    return boxed(value);
  }

  private boolean inRange(long value) {
    return value >= smallestInteger() && value <= largestInteger();
  }

  private Object boxed(long value) {
    return this == INT64 ? (Object) value : (Object) (int) value;
  }

  /**
   * {@return the nearest element of this dtype, ties to even, boxed as {@link #holds} says;
   * infinite where it overflows}
   *
   * @param value any double
   * @throws DTypeException if this is no float dtype
   */
  public Object rounded(double value) {
    return switch (this) {
      case FLOAT32 -> (Object) (float) value;
      case FLOAT64 -> value;
      case FLOAT16 -> Half.FLOAT16.round(value);
      case BFLOAT16 -> Half.BFLOAT16.round(value);
      case INT8, INT16, INT32, INT64, UINT8, BOOL ->
          throw new DTypeException(
              "rounded: " + label + " is no float dtype; ask isFloating first");
    };
  }

  private DTypeException refuse(String op, String value, String why) {
    return new DTypeException(op + ": " + value + " is no " + label + ": " + why);
  }

  /**
   * {@return whether a boxed value is an element of this dtype: a Float for float32, float16 and
   * bfloat16, a Double, an Integer for int32, int16, int8 and uint8, a Long or a Boolean}
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
      case FLOAT16, BFLOAT16 -> value instanceof Float f && rounded(f).equals(f);
      case INT8, INT16, UINT8 -> value instanceof Integer i && inRange(i);
    };
  }

  /**
   * {@return an element's bits, sign-extended to a long}
   *
   * @param value boxed as {@link #holds} says
   * @throws DTypeException if it is boxed otherwise
   */
  public long bits(Object value) {
    if (!boxed().isInstance(value)) {
      throw new DTypeException(
          "bits: "
              + (value == null ? "null" : "a " + value.getClass().getName())
              + " is no element of "
              + label
              + "; pass a "
              + boxed().getSimpleName());
    }
    return switch (this) {
      case FLOAT32 -> Float.floatToRawIntBits((float) value);
      case FLOAT64 -> Double.doubleToRawLongBits((double) value);
      case INT32 -> (int) value;
      case INT64 -> (long) value;
      case BOOL -> (boolean) value ? 1 : 0;
      case FLOAT16 -> Half.FLOAT16.bits((float) value);
      case BFLOAT16 -> Half.BFLOAT16.bits((float) value);
      case INT8, UINT8 -> (byte) (int) value;
      case INT16 -> (short) (int) value;
    };
  }

  private Class<?> boxed() {
    return switch (this) {
      case FLOAT32, FLOAT16, BFLOAT16 -> Float.class;
      case FLOAT64 -> Double.class;
      case INT32, INT8, INT16, UINT8 -> Integer.class;
      case INT64 -> Long.class;
      case BOOL -> Boolean.class;
    };
  }

  /**
   * {@return the element that has these bits, boxed as {@link #holds} says}
   *
   * @param bits as from {@link #bits}; those beyond the dtype's width are ignored
   */
  public Object value(long bits) {
    return switch (this) {
      case FLOAT32 -> (Object) Float.intBitsToFloat((int) bits);
      case FLOAT64 -> Double.longBitsToDouble(bits);
      case INT32 -> (int) bits;
      case INT64 -> bits;
      case BOOL -> (byte) bits != 0;
      case FLOAT16 -> Half.FLOAT16.value((short) bits);
      case BFLOAT16 -> Half.BFLOAT16.value((short) bits);
      case INT8 -> (int) (byte) bits;
      case INT16 -> (int) (short) bits;
      case UINT8 -> (int) bits & 0xff;
    };
  }

  /** {@return NumPy's name} */
  @Override
  public String toString() {
    return label;
  }
}
