package org.cotangent.scalar;

/**
 * A number as the sum of two terms, the second smaller than the last place of the first: about
 * twice a dtype's precision. The operations are Dekker's and Knuth's, with a fused multiply-add for
 * products; those that round once more than needed say so.
 *
 * @param high the number, rounded
 * @param low what is missing
 */
record Pair(Term high, Term low) {
  /** {@return a + b, exactly} */
  static Pair sum(Term a, Term b) {
    Term sum = a.plus(b);
    Term second = sum.minus(a);
    return new Pair(sum, a.minus(sum.minus(second)).plus(b.minus(second)));
  }

  /** {@return a + b, exactly, where a is 0 or not smaller than b} */
  static Pair ordered(Term a, Term b) {
    Term sum = a.plus(b);
    return new Pair(sum, b.minus(sum.minus(a)));
  }

  /** {@return a b, exactly} */
  static Pair product(Term a, Term b) {
    Term product = a.times(b);
    return new Pair(product, a.fma(b, product.negate()));
  }

  /** {@return the quotient of pairs, by one division} */
  static Pair quotient(Pair above, Pair below) {
    Term inverse = below.high.literal(1.0).over(below.high);
    Term high = above.high.times(inverse);
    Term rest = high.negate().fma(below.high, above.high).plus(above.low);
    return new Pair(high, high.negate().fma(below.low, rest).times(inverse));
  }

  /** {@return one of two by a condition} */
  static Pair select(Term which, Pair yes, Pair no) {
    return new Pair(which.select(yes.high, no.high), which.select(yes.low, no.low));
  }

  static Pair of(Term high) {
    return new Pair(high, high.literal(0.0));
  }

  Pair plusLow(Term more) {
    return new Pair(high, low.plus(more));
  }

  /** {@return the product, of which the smallest part is left out} */
  Pair times(Pair other) {
    Pair product = product(high, other.high);
    return product.plusLow(high.fma(other.low, low.times(other.high)));
  }

  /** {@return the product with a power of two} */
  Pair scaled(Term power) {
    return new Pair(high.times(power), low.times(power));
  }

  /** {@return this, with a low part below the last place of the high one} */
  Pair normal() {
    return ordered(high, low);
  }

  Pair negate() {
    return new Pair(high.negate(), low.negate());
  }

  Term value() {
    return high.plus(low);
  }
}
