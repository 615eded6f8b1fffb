package org.cotangent.scalar;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Sine, cosine and tangent. The argument is reduced as Payne and Hanek do ("Radian reduction for
 * trigonometric functions", ACM SIGNUM Newsletter 18(1), 1983): those digits of 1 / (2 pi) that
 * count beside the argument's exponent are selected, and multiplied with its mantissa; the digits
 * before them make whole turns. Small arguments have no way of their own, as without branches both
 * would be computed.
 */
final class Trigonometric {
  /** The bits of 1 / (2 pi), by src/test/python/minimax.py. */
  private static final BigInteger INVERSE =
      new BigInteger(
          "28be60db9391054a7f09d5f47d4d377036d8a5664f10e4107f9458eaf7aef1586dc91b8e9093"
              + "74b801924bba827464873f877ac72c4a69cfba208d7d4baed1213a671c09ad17df904e64758e"
              + "60d4ce7d272117e2ef7e4a0ec7fe25fff7816603fbcbc462d6829b47db4d9fb3c9f2c26dd3d1"
              + "8fd9a797fa8b5d49eeb1faf97c5ecf41ce7de294a4ba9afed7ec47e357421580cc11bf1edaea",
          16);

  private static final int INVERSE_BITS = 1216;

  private Trigonometric() {}

  /** {@return 2^places / (2 pi), to the nearest whole number} */
  private static BigInteger inverse(int places) {
    return INVERSE.shiftRight(INVERSE_BITS - places - 1).add(BigInteger.ONE).shiftRight(1);
  }

  /**
   * {@return a digit d of 1 / (2 pi) in base 2^width, from -1/2 to 1/2}
   *
   * @param weight of digit 0, by which the next is 2^width smaller, as an exponent of two
   */
  private static double digit(int index, int width, int weight) {
    int places = width * index - weight;
    BigInteger before = inverse(places).shiftLeft(width);
    return Math.scalb(inverse(places + width).subtract(before).doubleValue(), -width);
  }

  /**
   * An angle as quarter turns and the rest.
   *
   * @param quarters their number in the two lowest bits
   * @param rest from about -pi / 4 to pi / 4
   */
  private record Angle(Term quarters, Pair rest) {
    /** {@return whether the number of quarters is odd} */
    Term odd() {
      return quarters.and(quarters.literal(1L)).equal(quarters.literal(1L));
    }

    /** {@return the cosine of the rest} */
    Pair cosine() {
      Term r = rest.high();
      // 1 - r^2 / 2 without an error.
      Pair half = Pair.product(r, r.times(r.literal(0.5)));
      Term one = r.literal(1.0);
      Pair first = Pair.ordered(one, half.high().negate());
      Term z = half.high().plus(half.high());
      Term q =
          Transcendental.single(r)
              ? Transcendental.polynomial(z, 0x1.55554ap-5, -0x1.6c0c2ap-10, 0x1.99e912p-16)
              : Transcendental.polynomial(
                  z,
                  0x1.555555555554bp-5,
                  -0x1.6c16c16c15015p-10,
                  0x1.a01a019c8f217p-16,
                  -0x1.27e4f7f18b439p-22,
                  0x1.1ee9dbc8bcb83p-29,
                  -0x1.8fa68043832afp-37);
      Term missing = r.fma(rest.low(), half.low());
      return first.plusLow(z.times(z).fma(q, missing.negate()));
    }

    /** {@return the sine of the rest} */
    Pair sine() {
      Term r = rest.high();
      Term z = r.times(r);
      Term q =
          Transcendental.single(r)
              ? Transcendental.polynomial(
                  z, -0x1.555556p-3, 0x1.111174p-7, -0x1.a0595ep-13, 0x1.7c336ep-19)
              : Transcendental.polynomial(
                  z,
                  -0x1.5555555555548p-3,
                  0x1.111111110f753p-7,
                  -0x1.a01a019bf08b1p-13,
                  0x1.71de355d97268p-19,
                  -0x1.ae5e535c07868p-26,
                  0x1.5d8de9a47df75p-33);
      Term slope = z.fma(z.literal(-0.5), z.literal(1.0));
      return new Pair(r, r.times(z).fma(q, rest.low().times(slope)));
    }
  }

  /** {@return the bits of a mantissa, the leading one apart} */
  private static int fraction(Term x) {
    return Transcendental.single(x) ? 23 : 52;
  }

  /** {@return the bits of a digit, so few that the sums of products are exact} */
  private static int width(Term x) {
    return fraction(x) - 2;
  }

  /**
   * A number from 0 on, over 2 pi.
   *
   * @param mantissa from 1 to 2
   * @param digits four digits, none above 3/4, of the rest of the number over 2 pi; those before
   *     them would make whole turns, those after them do not count
   */
  private record Quotient(Term mantissa, List<Term> digits) {}

  private static Quotient quotient(Term a) {
    boolean single = Transcendental.single(a);
    int fraction = fraction(a);
    int width = width(a);

    // a = mantissa 2^(width skipped + s), s from 0 to width.
    List<Term> digits = new ArrayList<>();
    for (int i = 0; i < (single ? 11 : 25); i++) {
      digits.add(a.literal(digit(i, width, fraction)));
    }
    Term scaled = a;
    for (int skip = single ? 4 : 16; skip > 0; skip /= 2) {
      Term near = scaled.below(a.literal(Math.scalb(1.0, width * skip)));
      scaled = near.select(scaled, scaled.times(a.literal(Math.scalb(1.0, -width * skip))));
      List<Term> next = new ArrayList<>();
      for (int i = 0; i < skip + 4; i++) {
        Term digit = digits.get(i);
        next.add(i + skip < digits.size() ? near.select(digit, digits.get(i + skip)) : digit);
      }
      digits = next;
    }
    Term bits = scaled.bitcast(Transcendental.bitsType(a));
    Term power = bits.and(bits.literal(-1L << fraction)).bitcast(a.dtype());
    Term one = bits.literal(single ? 0x3f800000L : 0x3ff0000000000000L);
    Term mantissa = bits.and(bits.literal((1L << fraction) - 1)).or(one).bitcast(a.dtype());

    // Times 2^s: a digit takes its lowest s bits from the one that follows.
    List<Term> shifted = new ArrayList<>();
    Term digit = digits.get(0).times(power);
    for (int i = 1; i <= 4; i++) {
      Term following = digits.get(i).times(power);
      Term rest = digit.minus(digit.rint());
      shifted.add(following.rint().fma(a.literal(Math.scalb(1.0, -width)), rest));
      digit = following;
    }
    return new Quotient(mantissa, shifted);
  }

  /** {@return an angle from 0 on, reduced} */
  private static Angle reduced(Term a) {
    int fraction = fraction(a);
    int width = width(a);
    Quotient quotient = quotient(a);
    Term m = quotient.mantissa();
    List<Term> digits = quotient.digits();

    // The turns: m times each digit, less whole turns. Beside multiples of pi / 2 the first parts
    // cancel to the last bit, so they are cut where their sums are exact.
    Term m0 = m.times(a.literal(Math.scalb(1.0, fraction)));
    Term whole = m0.times(digits.get(0)).rint();
    Pair first = cut(m.times(a.literal(4.0)), digits.get(1), 24);
    Pair second =
        cut(m.times(a.literal(Math.scalb(4.0, -width))), digits.get(2), Math.scalb(24.0, -width));
    Term third = m.times(a.literal(Math.scalb(4.0, -2 * width))).fma(digits.get(3), second.low());
    Term turns = m0.fma(digits.get(0), whole.negate()).plus(first.high());
    Term magic = a.literal(Math.scalb(1.5, fraction));
    Term shifted = turns.fma(a.literal(4.0), magic);
    Term rest = shifted.minus(magic).fma(a.literal(-0.25), turns);
    Pair sum = Pair.ordered(rest, first.low().plus(second.high())).plusLow(third).normal();
    Pair radians =
        sum.times(
            Exponentials.constant(
                a, 0x1.921fb6p+2, -0x1.777a5cp-23, 0x1.921fb54442d18p+2, 0x1.1a62633145c07p-52));
    Term small = a.below(a.literal(0.75));
    return new Angle(
        shifted.bitcast(Transcendental.bitsType(a)),
        new Pair(small.select(a, radians.high()), small.select(a.literal(0.0), radians.low())));
  }

  /** {@return a product, its first part cut at multiples of the last place of a constant} */
  private static Pair cut(Term a, Term b, double constant) {
    Term large = a.literal(constant);
    Term negative = large.minus(a.fma(b, large));
    return new Pair(negative.negate(), a.fma(b, negative));
  }

  /** {@return the sine of the rest after so many quarters, with its sign flipped by a sign bit} */
  private static Term wave(Angle angle, Term sign) {
    Term bits = angle.quarters();
    Term top = bits.literal(Transcendental.single(angle.rest().high()) ? 30L : 62L);
    Term magnitude = angle.odd().select(angle.cosine().value(), angle.sine().value());
    Term flip = bits.and(bits.literal(2L)).shiftLeft(top).xor(sign);
    return magnitude.bitcast(bits.dtype()).xor(flip).bitcast(magnitude.dtype());
  }

  /** {@return the sign bit alone} */
  private static Term sign(Term x) {
    Term bits = x.bitcast(Transcendental.bitsType(x));
    return bits.and(bits.literal(Transcendental.single(x) ? Integer.MIN_VALUE : Long.MIN_VALUE));
  }

  static Term sin(Term x) {
    return wave(reduced(x.abs()), sign(x));
  }

  static Term cos(Term x) {
    Angle angle = reduced(x.abs());
    Term bits = angle.quarters();
    return wave(new Angle(bits.plus(bits.literal(1L)), angle.rest()), bits.literal(0L));
  }

  static Term tan(Term x) {
    Angle angle = reduced(x.abs());
    Pair sine = angle.sine().normal();
    Pair cosine = angle.cosine().normal();
    Term odd = angle.odd();
    Pair above = Pair.select(odd, cosine, sine);
    Pair below = Pair.select(odd, sine, cosine);
    Term bits = angle.quarters();
    Term top = bits.literal(Transcendental.single(x) ? 31L : 63L);
    Term flip = bits.shiftLeft(top).xor(sign(x));
    return Pair.quotient(above, below).value().bitcast(bits.dtype()).xor(flip).bitcast(x.dtype());
  }
}
