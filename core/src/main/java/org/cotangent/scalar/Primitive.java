package org.cotangent.scalar;

/**
 * The scalar operations that kernels are made of. Each has one exactly defined result for every
 * input, so that every backend and vector width gives the same bits: floats as IEEE 754 rounds to
 * nearest even, integers as two's complement wraps.
 */
public enum Primitive {
  /** Sum. */
  ADD(2),
  /** Difference. */
  SUB(2),
  /** Product. */
  MUL(2),
  /** Quotient; of integers truncated towards zero, and 0 where the divisor is 0. */
  DIV(2),
  /** Remainder of integers with the sign of the dividend, and 0 where the divisor is 0. */
  REM(2),
  /** {@code a * b + c} with one rounding; floats only. */
  FMA(3),
  /** Correctly rounded square root; floats only. */
  SQRT(1),
  /** Negation; of a float it flips the sign bit. */
  NEG(1),
  /** Absolute value; of a float it clears the sign bit. */
  ABS(1),
  /** The smaller; NaN if either is NaN, and -0 is smaller than 0. */
  MIN(2),
  /** The larger; NaN if either is NaN, and 0 is larger than -0. */
  MAX(2),
  /** The nearest integral value, ties to even; floats only. */
  RINT(1),
  /** The largest integral value not above; floats only. */
  FLOOR(1),
  /** Whether a is below b, as bool; false for NaN. */
  LT(2),
  /** Whether a is not above b, as bool; false for NaN. */
  LE(2),
  /** Whether both are equal, as bool; false for NaN, and -0 equals 0. */
  EQ(2),
  /** {@code c ? a : b} with operands (c, a, b), where c is bool. */
  SELECT(3),
  /**
   * The value in another dtype: to float rounded to nearest even, float to integer truncated and
   * saturated with NaN as 0, integer to narrower integer wrapped, to bool whether it is not 0, from
   * bool 0 or 1.
   */
  CONVERT(1),
  /** The same bits as a dtype of the same width. */
  BITCAST(1),
  /** Bitwise and; integers and bool. */
  AND(2),
  /** Bitwise or; integers and bool. */
  OR(2),
  /** Bitwise exclusive or; integers and bool. */
  XOR(2),
  /** Bitwise complement of integers, negation of bool. */
  NOT(1),
  /** Shift left by the second operand modulo the width; integers. */
  SHL(2),
  /** Arithmetic shift right by the second operand modulo the width; integers. */
  SHR(2),
  /** Logical shift right by the second operand modulo the width; integers. */
  USHR(2);

  private final int arity;

  Primitive(int arity) {
    this.arity = arity;
  }

  /** {@return the number of operands} */
  public int arity() {
    return arity;
  }
}
