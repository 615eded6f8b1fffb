package org.cotangent.scalar;

/**
 * Inverses of sine, cosine and tangent: a polynomial where the argument is small, and what leads
 * there. The result is a known angle plus or minus a {@link Pair}, so that little beside the last
 * sum rounds.
 */
final class ArcFunctions {
  private ArcFunctions() {}

  /** {@return pi / 4 times a number that is a power of two or 0} */
  private static Pair eighths(Term like, double count) {
    return Exponentials.constant(
        like,
        count * 0x1.921fb6p-1,
        count * -0x1.777a5cp-26,
        count * 0x1.921fb54442d18p-1,
        count * 0x1.1a62633145c07p-55);
  }

  /** {@return base + factor arc, where the base is 0 or not smaller and the factor is exact} */
  private static Term from(Pair base, Term factor, Pair arc) {
    return Pair.ordered(base.high(), factor.times(arc.high()))
        .plusLow(factor.fma(arc.low(), base.low()))
        .value();
  }

  /** {@return asin(a) where near, and asin(sqrt((1 - a) / 2)) where not} */
  private static Pair arcsine(Term a, Term near) {
    boolean single = Transcendental.single(a);
    Term zero = a.literal(0.0);
    Term half = a.literal(0.5);
    Term square = a.fma(half.negate(), half);
    Pair root = Logarithms.sqrt(Pair.of(square));
    Term exact = near.or(square.equal(zero));
    Pair s = new Pair(near.select(a, root.high()), exact.select(zero, root.low()));
    Term z = near.select(a.times(a), square);
    Term q =
        single
            ? Transcendental.polynomial(
                z,
                0x1.55554cp-3,
                0x1.3338a4p-4,
                0x1.6ca9a2p-5,
                0x1.04b81ep-5,
                0x1.d71388p-7,
                0x1.33fd34p-5)
            : Transcendental.polynomial(
                z,
                0x1.5555555555577p-3,
                0x1.333333332e134p-4,
                0x1.6db6db721236cp-5,
                0x1.f1c71a950b11ep-6,
                0x1.6e8bdedcee2b9p-6,
                0x1.1c49f0a3a5243p-6,
                0x1.ca1f85e0a8bcfp-7,
                0x1.7585ce365bc46p-7,
                0x1.613aeb25703e5p-7,
                0x1.e60fe4ec0e5b6p-9,
                0x1.6393f499c5964p-6,
                -0x1.57f0dd5a60d53p-6,
                0x1.0b429f4ae80ecp-5);
    return s.plusLow(s.high().times(z).times(q));
  }

  static Term asin(Term x) {
    Term a = x.abs();
    Term near = a.notAbove(x.literal(0.5));
    Pair base = Pair.select(near, eighths(x, 0), eighths(x, 2));
    Term factor = near.select(x.literal(1.0), x.literal(-2.0));
    return Transcendental.withSign(from(base, factor, arcsine(a, near)), x);
  }

  static Term acos(Term x) {
    Term a = x.abs();
    Term near = a.notAbove(x.literal(0.5));
    Term left = x.below(x.literal(0.0));
    Pair far = Pair.select(left, eighths(x, 4), eighths(x, 0));
    Term sign = Transcendental.withSign(x.literal(1.0), x);
    Term factor = near.select(sign.negate(), sign.plus(sign));
    return from(Pair.select(near, eighths(x, 2), far), factor, arcsine(a, near));
  }

  /** {@return atan(above / below), where above is from 0 to below} */
  private static Pair arctangent(Term above, Term below) {
    boolean single = Transcendental.single(above);
    Term zero = above.literal(0.0);
    // atan(c) + atan((above - c below) / (below + c above)) for c of 0, 1/2 and 1: the difference
    // is exact, as both are near each other, and the quotient at most 1/4.
    Term middle = below.times(above.literal(0.25)).below(above);
    Term far = below.times(above.literal(0.72)).below(above);
    Term c = far.select(above.literal(1.0), middle.select(above.literal(0.5), zero));
    Pair half =
        Exponentials.constant(
            above, 0x1.dac67p-2, 0x1.586ed4p-28, 0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56);
    Pair start = Pair.select(far, eighths(above, 1), Pair.select(middle, half, eighths(above, 0)));
    Pair s =
        Pair.quotient(Pair.of(c.negate().fma(below, above)), Pair.ordered(below, c.times(above)));
    Term z = s.high().times(s.high());
    Term q =
        single
            ? Transcendental.polynomial(
                z, -0x1.55555p-2, 0x1.9992dcp-3, -0x1.234296p-3, 0x1.933c9ap-4)
            : Transcendental.polynomial(
                z,
                -0x1.5555555555553p-2,
                0x1.9999999998db6p-3,
                -0x1.24924923ec388p-3,
                0x1.c71c713922e13p-4,
                -0x1.745cf4ebda23bp-4,
                0x1.3b0ea93fd6b39p-4,
                -0x1.109c49172e8dfp-4,
                0x1.d4fca3cdc9652p-5,
                -0x1.47b2feba6504dp-5);
    Term low = s.high().times(z).fma(q, s.low());
    return Pair.ordered(start.high(), s.high()).plusLow(start.low().plus(low));
  }

  static Term atan(Term x) {
    Term one = x.literal(1.0);
    // Beyond, the result is pi / 2.
    Term a = x.abs().min(x.literal(0x1p60));
    Term steep = one.below(a);
    Pair base = Pair.select(steep, eighths(x, 2), eighths(x, 0));
    Term factor = steep.select(x.literal(-1.0), one);
    return Transcendental.withSign(from(base, factor, arctangent(a.min(one), a.max(one))), x);
  }

  static Term atan2(Term y, Term x) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term one = x.literal(1.0);
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term a = y.abs();
    Term b = x.abs();
    Term least = a.min(b);
    Term most = a.max(b);
    // So that nothing that counts over- or underflows on the way.
    Term small = most.below(x.literal(single ? 0x1p25 : 0x1p100));
    Term large = x.literal(single ? 0x1p120 : 0x1p1000).below(most);
    Term scale =
        small.select(x.literal(single ? 0x1p64 : 0x1p400), large.select(x.literal(0x1p-4), one));
    Term special = most.equal(zero).or(most.equal(infinity));
    Term above = special.select(least.equal(infinity).select(one, zero), least.times(scale));
    Term below = special.select(one, most.times(scale));

    Term bits = x.bitcast(Transcendental.bitsType(x));
    Term left = bits.below(bits.literal(0L));
    Term steep = b.below(a);
    Pair flat = Pair.select(left, eighths(x, 4), eighths(x, 0));
    Term factor = left.xor(steep).select(x.literal(-1.0), one);
    Term result = from(Pair.select(steep, eighths(x, 2), flat), factor, arctangent(above, below));
    return Transcendental.withSign(result, y);
  }
}
