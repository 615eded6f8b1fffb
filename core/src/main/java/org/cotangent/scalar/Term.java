package org.cotangent.scalar;

import org.cotangent.type.DType;

/** A value inside a {@link BodyBuilder}; its methods write the primitives. */
public final class Term {
  private final BodyBuilder builder;
  private final int register;
  private final DType dtype;

  Term(BodyBuilder builder, int register, DType dtype) {
    this.builder = builder;
    this.register = register;
    this.dtype = dtype;
  }

  int register() {
    return register;
  }

  /** {@return the dtype of the value} */
  public DType dtype() {
    return dtype;
  }

  /** {@return the builder it belongs to} */
  public BodyBuilder builder() {
    return builder;
  }

  /**
   * {@return a literal of this term's dtype}
   *
   * @param value rounded to the dtype
   */
  public Term literal(double value) {
    return builder.literal(dtype, value);
  }

  /**
   * {@return a literal of this term's dtype}
   *
   * @param value exact, for integers
   */
  public Term literal(long value) {
    return builder.literal(dtype, dtype.scalar("literal", value));
  }

  /**
   * {@return the sum, see {@link Primitive#ADD}}
   *
   * @param other of the same dtype
   */
  public Term plus(Term other) {
    return builder.apply(Primitive.ADD, dtype, this, other);
  }

  /**
   * {@return the difference, see {@link Primitive#SUB}}
   *
   * @param other of the same dtype
   */
  public Term minus(Term other) {
    return builder.apply(Primitive.SUB, dtype, this, other);
  }

  /**
   * {@return the product, see {@link Primitive#MUL}}
   *
   * @param other of the same dtype
   */
  public Term times(Term other) {
    return builder.apply(Primitive.MUL, dtype, this, other);
  }

  /**
   * {@return the quotient, see {@link Primitive#DIV}}
   *
   * @param other of the same dtype
   */
  public Term over(Term other) {
    return builder.apply(Primitive.DIV, dtype, this, other);
  }

  /**
   * {@return the remainder, see {@link Primitive#REM}}
   *
   * @param other of the same dtype
   */
  public Term remainder(Term other) {
    return builder.apply(Primitive.REM, dtype, this, other);
  }

  /**
   * {@return the smaller, see {@link Primitive#MIN}}
   *
   * @param other of the same dtype
   */
  public Term min(Term other) {
    return builder.apply(Primitive.MIN, dtype, this, other);
  }

  /**
   * {@return the larger, see {@link Primitive#MAX}}
   *
   * @param other of the same dtype
   */
  public Term max(Term other) {
    return builder.apply(Primitive.MAX, dtype, this, other);
  }

  /**
   * {@return whether this is below, see {@link Primitive#LT}}
   *
   * @param other of the same dtype
   */
  public Term below(Term other) {
    return builder.apply(Primitive.LT, DType.BOOL, this, other);
  }

  /**
   * {@return whether this is not above, see {@link Primitive#LE}}
   *
   * @param other of the same dtype
   */
  public Term notAbove(Term other) {
    return builder.apply(Primitive.LE, DType.BOOL, this, other);
  }

  /**
   * {@return whether both are equal, see {@link Primitive#EQ}}
   *
   * @param other of the same dtype
   */
  public Term equal(Term other) {
    return builder.apply(Primitive.EQ, DType.BOOL, this, other);
  }

  /**
   * {@return bitwise and, see {@link Primitive#AND}}
   *
   * @param other of the same dtype
   */
  public Term and(Term other) {
    return builder.apply(Primitive.AND, dtype, this, other);
  }

  /**
   * {@return bitwise or, see {@link Primitive#OR}}
   *
   * @param other of the same dtype
   */
  public Term or(Term other) {
    return builder.apply(Primitive.OR, dtype, this, other);
  }

  /**
   * {@return bitwise exclusive or, see {@link Primitive#XOR}}
   *
   * @param other of the same dtype
   */
  public Term xor(Term other) {
    return builder.apply(Primitive.XOR, dtype, this, other);
  }

  /**
   * {@return the shift to the left, see {@link Primitive#SHL}}
   *
   * @param other of the same dtype
   */
  public Term shiftLeft(Term other) {
    return builder.apply(Primitive.SHL, dtype, this, other);
  }

  /**
   * {@return the arithmetic shift to the right, see {@link Primitive#SHR}}
   *
   * @param other of the same dtype
   */
  public Term shiftRight(Term other) {
    return builder.apply(Primitive.SHR, dtype, this, other);
  }

  /**
   * {@return the logical shift to the right, see {@link Primitive#USHR}}
   *
   * @param other of the same dtype
   */
  public Term shiftRightLogical(Term other) {
    return builder.apply(Primitive.USHR, dtype, this, other);
  }

  /** {@return the negation, see {@link Primitive#NEG}} */
  public Term negate() {
    return builder.apply(Primitive.NEG, dtype, this);
  }

  /** {@return the absolute value, see {@link Primitive#ABS}} */
  public Term abs() {
    return builder.apply(Primitive.ABS, dtype, this);
  }

  /** {@return the square root, see {@link Primitive#SQRT}} */
  public Term sqrt() {
    return builder.apply(Primitive.SQRT, dtype, this);
  }

  /** {@return the nearest integral value, see {@link Primitive#RINT}} */
  public Term rint() {
    return builder.apply(Primitive.RINT, dtype, this);
  }

  /** {@return the largest integral value not above, see {@link Primitive#FLOOR}} */
  public Term floor() {
    return builder.apply(Primitive.FLOOR, dtype, this);
  }

  /** {@return the complement, see {@link Primitive#NOT}} */
  public Term not() {
    return builder.apply(Primitive.NOT, dtype, this);
  }

  /**
   * {@return {@code this * factor + addend} with one rounding, see {@link Primitive#FMA}}
   *
   * @param factor of the same dtype
   * @param addend of the same dtype
   */
  public Term fma(Term factor, Term addend) {
    return builder.apply(Primitive.FMA, dtype, this, factor, addend);
  }

  /**
   * {@return one of two, see {@link Primitive#SELECT}; this is bool}
   *
   * @param yes where this is true
   * @param no where it is false
   */
  public Term select(Term yes, Term no) {
    if (yes.dtype.isNarrow() && yes.dtype == no.dtype) {
      // As bits: no value changes, a NaN's payload neither.
      DType bits = yes.dtype.isInteger() ? yes.dtype : DType.INT16;
      Term wide =
          select(
              yes.bitcast(bits).primitiveConvert(DType.INT32),
              no.bitcast(bits).primitiveConvert(DType.INT32));
      return wide.primitiveConvert(bits).bitcast(yes.dtype);
    }
    return builder.apply(Primitive.SELECT, yes.dtype, this, yes, no);
  }

  /**
   * {@return the value in another dtype, see {@link Primitive#CONVERT}; from and to narrow dtypes
   * in several steps}
   *
   * @param target the dtype
   */
  public Term convert(DType target) {
    if (target == dtype) {
      return this;
    }
    if (dtype.isNarrow()) {
      return Narrow.widen(this).convert(target);
    }
    return target.isNarrow() ? Narrow.narrow(this, target) : primitiveConvert(target);
  }

  /** {@return the value in another dtype by one primitive, which every backend has} */
  Term primitiveConvert(DType target) {
    return target == dtype ? this : builder.apply(Primitive.CONVERT, target, this);
  }

  /**
   * {@return the value in the dtype that kernels compute in, see {@link DType#arithmetic}; exact}
   */
  public Term widen() {
    return convert(dtype.arithmetic());
  }

  /**
   * {@return the same bits as another dtype, see {@link Primitive#BITCAST}}
   *
   * @param target a dtype of the same width
   */
  public Term bitcast(DType target) {
    return target == dtype ? this : builder.apply(Primitive.BITCAST, target, this);
  }
}
