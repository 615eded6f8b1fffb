package org.cotangent.scalar;

/**
 * Functions made of exponentials. {@code exp(x) = 2^n exp(r)} as in {@link TranscendentalExp}, but
 * r and the result are {@link Pair}s, so that what is done with them afterwards is the only thing
 * that rounds.
 */
final class Exponentials {
  private Exponentials() {}

  /**
   * An exponential as a product that is not multiplied out.
   *
   * @param mantissa from about sqrt(1/2) to sqrt(2)
   * @param power a power of two
   */
  record Scaled(Pair mantissa, Term power) {
    Pair pair() {
      return mantissa.scaled(power);
    }
  }

  /**
   * {@return exp(x) times the power of two by which the magic number is off} See {@link
   * TranscendentalExp#magic}.
   */
  static Scaled exp(Pair x, Term magic) {
    boolean single = Transcendental.single(x.high());
    Term shifted = x.high().fma(x.high().literal(0x1.71547652b82fep0), magic);
    Term n = shifted.minus(magic);
    // The first part of ln 2 has so few bits that its product with n, and the difference, are
    // exact.
    Term high = n.fma(n.literal(single ? -0x1.62e4p-1 : -0x1.62e42fefa4p-1), x.high());
    Term low = n.fma(n.literal(single ? -0x1.7f7d1cp-20 : 0x1.8432a1b0e2634p-43), x.low());
    return new Scaled(plusOne(minusOne(new Pair(high, low))), power(shifted));
  }

  /** {@return 2^n, where n lies in the low bits, the bias of the exponent included} */
  private static Term power(Term shifted) {
    Term bits = shifted.bitcast(Transcendental.bitsType(shifted));
    return bits.shiftLeft(bits.literal(Transcendental.single(shifted) ? 23L : 52L))
        .bitcast(shifted.dtype());
  }

  /** {@return exp(r) - 1 for |r| up to ln(2) / 2} */
  private static Pair minusOne(Pair r) {
    Pair sum = r.normal();
    Term x = sum.high();
    Term q =
        Transcendental.single(x)
            ? Transcendental.polynomial(
                x, 0.5, 0x1.555554p-3, 0x1.5554f8p-5, 0x1.1112d4p-7, 0x1.6d3a5ap-10, 0x1.9e7cc0p-13)
            : Transcendental.polynomial(
                x,
                0.5,
                0x1.5555555555559p-3,
                0x1.5555555555557p-5,
                0x1.111111110f6fbp-7,
                0x1.6c16c16c1797ep-10,
                0x1.a01a01afabe91p-13,
                0x1.a01a0198bcf1cp-16,
                0x1.71ddf8fc61d9ap-19,
                0x1.27e5041f187acp-22,
                0x1.af5d8dd1feadep-26,
                0x1.1f289749038b1p-29);
    return Pair.ordered(x, x.times(x).fma(q, sum.low()));
  }

  private static Pair plusOne(Pair p) {
    return Pair.ordered(p.high().literal(1.0), p.high()).plusLow(p.low()).normal();
  }

  /**
   * {@return exp(x) rounded, through the subnormals to 0 and to infinity} As in {@link
   * TranscendentalExp}, the power of two is moved to the middle and back.
   */
  static Term rounded(Pair x) {
    boolean single = Transcendental.single(x.high());
    Term zero = x.high().literal(0.0);
    Term least = x.high().literal(single ? -104.0 : -746.0);
    Term most = x.high().literal(single ? 89.0 : 710.0);
    Term clamped = x.high().max(least).min(most);
    Term low = clamped.equal(x.high()).select(x.low(), zero);
    int middle = single ? 64 : 512;
    double magic = TranscendentalExp.magic(clamped);
    Term negative = clamped.below(zero);
    Scaled scaled =
        exp(
            new Pair(clamped, low),
            negative.select(zero.literal(magic + middle), zero.literal(magic - middle)));
    return back(scaled.mantissa().value().times(scaled.power()), negative, middle);
  }

  private static Term back(Term scaled, Term negative, int middle) {
    return scaled.times(
        negative.select(
            scaled.literal(Math.scalb(1.0, -middle)), scaled.literal(Math.scalb(1.0, middle))));
  }

  static Term exp2(Term x) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term clamped =
        x.max(x.literal(single ? -151.0 : -1076.0)).min(x.literal(single ? 128.0 : 1024.0));
    int middle = single ? 64 : 512;
    double magic = TranscendentalExp.magic(x);
    Term negative = clamped.below(zero);
    Term shift = negative.select(x.literal(magic + middle), x.literal(magic - middle));
    Term shifted = clamped.plus(shift);
    Term r = clamped.minus(shifted.minus(shift));
    Pair scaled = Pair.of(r).times(constant(r, 0x1.62e43p-1, -0x1.05c61p-29, LN2, LN2_REST));
    return back(plusOne(minusOne(scaled)).value().times(power(shifted)), negative, middle);
  }

  static final double LN2 = 0x1.62e42fefa39efp-1;
  static final double LN2_REST = 0x1.abc9e3b39803fp-56;

  static Pair constant(Term like, double high32, double low32, double high64, double low64) {
    return Transcendental.single(like)
        ? new Pair(like.literal(high32), like.literal(low32))
        : new Pair(like.literal(high64), like.literal(low64));
  }

  static Term expm1(Term x) {
    boolean single = Transcendental.single(x);
    Term clamped = x.max(x.literal(single ? -20.0 : -40.0)).min(x.literal(single ? 89.0 : 710.0));
    double magic = TranscendentalExp.magic(x);
    // Half of 2^n, which has no room for 2^1024.
    Term shift = x.literal(magic - 1);
    Term shifted = clamped.fma(x.literal(0x1.71547652b82fep0), shift);
    Term n = shifted.minus(shift);
    Term high = n.fma(n.literal(single ? -0x1.62e4p-1 : -0x1.62e42fefa4p-1), clamped);
    Term low = n.times(n.literal(single ? -0x1.7f7d1cp-20 : 0x1.8432a1b0e2634p-43));
    Pair p = minusOne(new Pair(high, low));
    Term half = power(shifted);
    // 2^n p + (2^n - 1), halved.
    Term minusHalf = x.literal(-0.5);
    Term rest = half.plus(minusHalf);
    Pair sum = Pair.sum(rest, half.times(p.high())).plusLow(half.minus(rest).plus(minusHalf));
    Term result = half.fma(p.low(), sum.low()).plus(sum.high());
    // Halves of subnormal numbers would lose a bit.
    Term tiny = x.abs().below(x.literal(single ? 0x1p-26 : 0x1p-56));
    return tiny.select(x, result.plus(result));
  }

  /** {@return exp(-|x|), not below a bound that is normal} */
  static Pair decay(Term x) {
    Term a = x.abs().negate().max(x.literal(Transcendental.single(x) ? -80.0 : -700.0));
    return exp(Pair.of(a), x.literal(TranscendentalExp.magic(x))).pair();
  }

  static Term sigmoid(Term x) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term one = x.literal(1.0);
    int middle = single ? 64 : 512;
    Term a = x.abs().negate().max(x.literal(single ? -104.0 : -746.0));
    Scaled scaled = exp(Pair.of(a), x.literal(TranscendentalExp.magic(x) + middle));
    Term shrink = x.literal(Math.scalb(1.0, -middle));
    // e / (1 + e) on the left and 1 / (1 + e) on the right, both times 2^middle.
    Pair large = scaled.pair();
    Pair e = large.scaled(shrink);
    Pair below = Pair.ordered(one, e.high()).plusLow(e.low());
    Term left = x.below(zero);
    Term grown = x.literal(Math.scalb(1.0, middle));
    Pair above = new Pair(left.select(large.high(), grown), left.select(large.low(), zero));
    return Pair.quotient(above, below).value().times(shrink);
  }

  static Term sinh(Term x) {
    boolean single = Transcendental.single(x);
    Term a = x.abs();
    Term z = a.times(a);
    Term q =
        single
            ? Transcendental.polynomial(
                z, 0x1.555556p-3, 0x1.1110e0p-7, 0x1.a022bcp-13, 0x1.756c20p-19)
            : Transcendental.polynomial(
                z,
                0x1.5555555555555p-3,
                0x1.111111111119bp-7,
                0x1.a01a01a00734cp-13,
                0x1.71de3a68d3853p-19,
                0x1.ae64411b3d803p-26,
                0x1.61315479dce65p-33,
                0x1.a65eed225a851p-41,
                0x1.d3b0d7568470bp-48);
    Term small = z.times(a).fma(q, a);
    Term result = a.below(x.literal(1.0)).select(small, halves(a, true));
    return Transcendental.withSign(result, x);
  }

  static Term cosh(Term x) {
    return halves(x.abs(), false);
  }

  /** {@return (exp(a) + exp(-a)) / 2, or the difference} */
  private static Term halves(Term a, boolean difference) {
    boolean single = Transcendental.single(a);
    Term clamped = a.min(a.literal(single ? 91.0 : 712.0));
    // Half of exp(a) fits where exp(a) does not; near that 2^64 is taken out of it.
    Term large = clamped.notAbove(a.literal(single ? 80.0 : 700.0));
    double magic = TranscendentalExp.magic(a) - 1;
    Pair half = exp(Pair.of(clamped), large.select(a.literal(magic), a.literal(magic - 64))).pair();
    Term other = a.literal(0.25).over(half.high());
    Pair sum = Pair.ordered(half.high(), difference ? other.negate() : other).plusLow(half.low());
    return sum.value().times(large.select(a.literal(1.0), a.literal(0x1p64)));
  }
}
