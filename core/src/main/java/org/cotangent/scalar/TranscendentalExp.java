package org.cotangent.scalar;

/**
 * The exponential: {@code exp(x) = 2^n exp(r)} with {@code n = rint(x / ln 2)}, so that {@code |r|
 * <= ln(2) / 2}, where a polynomial is enough. The reduction is Cody and Waite's ("Software Manual
 * for the Elementary Functions", 1980) with a fused multiply-add: ln 2 as a sum of two.
 *
 * <p>Adding 1.5 * 2^52 (1.5 * 2^23 in float32) rounds to an integer and leaves n in the low bits of
 * the sum; adding the exponent's bias with it makes 2^n one shift away.
 */
final class TranscendentalExp {
  private static final double LOG2_E = 0x1.71547652b82fep0;

  private TranscendentalExp() {}

  /**
   * An exponential as a product that is not multiplied out.
   *
   * @param mantissa about from sqrt(1/2) to sqrt(2)
   * @param power a power of two
   */
  record Scaled(Term mantissa, Term power) {}

  static Term of(Term x) {
    boolean single = Transcendental.single(x);
    // The result is 0 below and infinity above; a NaN passes.
    Term clamped = x.max(x.literal(single ? -104.0 : -746.0)).min(x.literal(single ? 89.0 : 710.0));
    // 2^n may lie outside the dtype's range where the result does not. So the power is moved to the
    // middle, and the last product moves it back: there a subnormal is rounded, once.
    int middle = single ? 64 : 512;
    Term negative = x.below(x.literal(0.0));
    Scaled scaled =
        reduce(
            clamped, negative.select(x.literal(magic(x) + middle), x.literal(magic(x) - middle)));
    Term back =
        negative.select(x.literal(Math.scalb(1.0, -middle)), x.literal(Math.scalb(1.0, middle)));
    return scaled.mantissa().times(scaled.power()).times(back);
  }

  /** {@return the number that rounds to integers when added, and the exponent's bias} */
  static double magic(Term x) {
    return Transcendental.single(x) ? 0x1.8p23 + 127 : 0x1.8p52 + 1023;
  }

  /**
   * {@return exp(x) times the power of two by which the magic number is off}
   *
   * @param x of moderate size
   * @param magic from {@link #magic}, plus or minus an integer
   */
  static Scaled reduce(Term x, Term magic) {
    boolean single = Transcendental.single(x);
    Term shifted = x.fma(x.literal(LOG2_E), magic);
    Term n = shifted.minus(magic);
    Term r =
        n.fma(
            x.literal(single ? 0x1.05c610p-29 : -0x1.abc9e3b39803fp-56),
            n.fma(x.literal(single ? -0x1.62e430p-1 : -0x1.62e42fefa39efp-1), x));
    Term mantissa =
        single
            ? Transcendental.polynomial(
                r, 1, 1, 0x1.fffffcp-2, 0x1.555492p-3, 0x1.5558b6p-5, 0x1.1239a8p-7, 0x1.6a47bap-10)
            : Transcendental.polynomial(
                r,
                1,
                1,
                0x1.000000000000ap-1,
                0x1.5555555555502p-3,
                0x1.555555555067cp-5,
                0x1.1111111125c70p-7,
                0x1.6c16c1848d1b4p-10,
                0x1.a01a0134bdd49p-13,
                0x1.a0199913f80f9p-16,
                0x1.71df0e5174642p-19,
                0x1.28ae4cc312692p-22,
                0x1.ada3e19de768ap-26);
    Term bits = shifted.bitcast(Transcendental.bitsType(x));
    Term power = bits.shiftLeft(bits.literal(single ? 23L : 52L)).bitcast(x.dtype());
    return new Scaled(mantissa, power);
  }
}
