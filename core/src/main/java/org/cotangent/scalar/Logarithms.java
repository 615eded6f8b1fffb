package org.cotangent.scalar;

/**
 * Functions made of logarithms of pairs: {@code log(x) = e ln 2 + 2 atanh(s)} with {@code s = f /
 * (2 + f)}, {@code 1 + f = x 2^-e}, as in {@link TranscendentalLog}; but s and the result are
 * {@link Pair}s.
 */
final class Logarithms {
  private Logarithms() {}

  /**
   * A number by its exponent and the logarithm of the rest.
   *
   * @param exponent e, whole
   * @param rest log(x 2^-e), from -log(2) / 2 to log(2) / 2
   */
  private record Parts(Term exponent, Pair rest) {
    Pair log() {
      boolean single = Transcendental.single(exponent);
      // e times the first part is exact.
      Term high = exponent.times(exponent.literal(single ? 0x1.62e4p-1 : 0x1.62e42fefa4p-1));
      Term low =
          exponent.fma(
              exponent.literal(single ? 0x1.7f7d1cp-20 : -0x1.8432a1b0e2634p-43), rest.low());
      return Pair.ordered(high, rest.high()).plusLow(low).normal();
    }
  }

  /** {@return the logarithm of a positive, finite number} */
  private static Parts parts(Pair x, boolean exact) {
    Term h = x.high();
    boolean single = Transcendental.single(h);
    int fraction = single ? 23 : 52;
    Term zero = h.literal(0.0);
    Term subnormal = h.below(h.literal(single ? 0x1p-126 : 0x1p-1022));
    Term normal = subnormal.select(h.times(h.literal(Math.scalb(1.0, fraction))), h);
    Term offset = subnormal.select(h.literal((double) -fraction), zero);
    Term bits = normal.bitcast(Transcendental.bitsType(h));
    Term smallest = bits.literal(single ? 0x3f3504f3L : 0x3fe6a09e667f3bcdL);
    Term exponent = bits.minus(smallest).and(bits.literal(-1L << fraction));
    Term f = bits.minus(exponent).bitcast(h.dtype()).minus(h.literal(1.0));
    Term e = exponent.convert(h.dtype()).fma(h.literal(Math.scalb(1.0, -fraction)), offset);

    // The low part by 2^-e; beside the largest numbers, where that has no bits, it is nothing.
    Term one = bits.literal(single ? 0x3f800000L : 0x3ff0000000000000L);
    Term shrink = one.minus(exponent).bitcast(h.dtype());
    Term low = e.below(h.literal(single ? 100.0 : 1000.0)).select(x.low().times(shrink), zero);
    Pair above = Pair.ordered(f, low);
    Pair below = Pair.ordered(h.literal(2.0), above.high()).plusLow(above.low());
    Pair s = Pair.quotient(above, below);
    return new Parts(e, exact ? exactly(s) : closely(s));
  }

  /** {@return 2 atanh(s) with about 6 bits more than the dtype has} */
  private static Pair closely(Pair s) {
    Term z = s.high().times(s.high());
    Term q =
        Transcendental.single(z)
            ? Transcendental.polynomial(
                z, 0x1.555554p-1, 0x1.999c26p-2, 0x1.23d3f2p-2, 0x1.f1371cp-3)
            : Transcendental.polynomial(
                z,
                0x1.5555555555592p-1,
                0x1.999999997ff2dp-2,
                0x1.24924941dfe0bp-2,
                0x1.c71c5215856c0p-3,
                0x1.74663cb3a9700p-3,
                0x1.39a1edb831dacp-3,
                0x1.2f0393157d72cp-3);
    Term twice = s.high().plus(s.high());
    Term low = s.high().times(z).fma(q, s.low().plus(s.low()));
    return Pair.ordered(twice, low);
  }

  /** {@return 2 atanh(s) with about 12 bits more than the dtype has} */
  private static Pair exactly(Pair s) {
    Term h = s.high();
    Pair z = s.times(s).normal();
    Term q =
        Transcendental.single(h)
            ? Transcendental.polynomial(
                z.high(), 0x1.999998p-2, 0x1.2493b6p-2, 0x1.c63d9cp-3, 0x1.9086fcp-3)
            : Transcendental.polynomial(
                z.high(),
                0x1.9999999999996p-2,
                0x1.2492492492f51p-2,
                0x1.c71c71c5968c1p-3,
                0x1.745d18295a16bp-3,
                0x1.3b1364c7e0b65p-3,
                0x1.11206f7385dd5p-3,
                0x1.de3d637570035p-4,
                0x1.eac63ab9a566ep-4);
    Pair third =
        Exponentials.constant(
            h, 0x1.555556p-1, -0x1.555556p-26, 0x1.5555555555555p-1, 0x1.5555555555555p-55);
    Pair sum = Pair.ordered(third.high(), z.high().times(q)).plusLow(third.low());
    Pair rest = s.times(z.times(sum).normal());
    Term twice = h.plus(h);
    return Pair.ordered(twice, rest.high()).plusLow(s.low().plus(s.low()).plus(rest.low()));
  }

  /** {@return the logarithm of a positive, finite number, for a product with a large one} */
  static Pair exactly(Term x) {
    return log(Pair.of(x));
  }

  /** {@return the same of a pair} */
  static Pair log(Pair x) {
    return parts(x, true).log();
  }

  /** {@return log(1 + x) for a pair x above -1} */
  private static Pair ofOnePlus(Pair x) {
    return parts(Pair.sum(x.high().literal(1.0), x.high()).plusLow(x.low()), false).log();
  }

  /** {@return a result where its argument is positive; minus infinity at 0 and NaN below} */
  private static Term domain(Term x, Term result) {
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term zero = x.literal(0.0);
    Term outside = x.equal(zero).select(infinity.negate(), x.literal(Double.NaN));
    return zero.below(x).select(x.below(infinity).select(result, x), outside);
  }

  static Term log2(Term x) {
    Parts parts = parts(Pair.of(x), false);
    Pair rest =
        parts
            .rest()
            .times(
                Exponentials.constant(
                    x, 0x1.715476p+0, 0x1.4ae0cp-26, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56));
    return domain(x, Pair.ordered(parts.exponent(), rest.high()).plusLow(rest.low()).value());
  }

  static Term log10(Term x) {
    Pair log = parts(Pair.of(x), false).log();
    Pair constant =
        Exponentials.constant(
            x, 0x1.bcb7b2p-2, -0x1.5b235ep-27, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57);
    return domain(x, log.times(constant).value());
  }

  private static Term isTiny(Term x) {
    return x.abs().below(x.literal(Transcendental.single(x) ? 0x1p-26 : 0x1p-56));
  }

  static Term log1p(Term x) {
    Term result = ofOnePlus(Pair.of(x)).value();
    return isTiny(x).select(x, domain(x.plus(x.literal(1.0)), result));
  }

  /** {@return log(1 + x), or log(2 large) where 1 is nothing beside it} */
  private static Term ofOnePlus(Pair x, Term isLarge, Term large) {
    Pair sum = Pair.sum(large.literal(1.0), x.high()).plusLow(x.low());
    Term zero = large.literal(0.0);
    Parts parts =
        parts(new Pair(isLarge.select(large, sum.high()), isLarge.select(zero, sum.low())), false);
    Term exponent = parts.exponent().plus(isLarge.select(large.literal(1.0), zero));
    return new Parts(exponent, parts.rest()).log().value();
  }

  static Term asinh(Term x) {
    boolean single = Transcendental.single(x);
    Term a = x.abs();
    Term one = x.literal(1.0);
    Term isLarge = x.literal(single ? 0x1p14 : 0x1p30).below(a);
    // sqrt(a^2 + 1) - 1, without its cancellation.
    Term more = a.times(a).over(a.fma(a, one).sqrt().plus(one));
    Term result = ofOnePlus(Pair.ordered(a, more), isLarge, a);
    Term finite = a.below(x.literal(Double.POSITIVE_INFINITY));
    return isTiny(x).select(x, finite.select(Transcendental.withSign(result, x), x));
  }

  static Term acosh(Term x) {
    boolean single = Transcendental.single(x);
    Term one = x.literal(1.0);
    Term isLarge = x.literal(single ? 0x1p14 : 0x1p30).below(x);
    Term t = x.minus(one);
    Pair square = Pair.sum(t.plus(t), t.times(t)).plusLow(Pair.product(t, t).low());
    Pair root = sqrt(square);
    Pair sum = Pair.sum(root.high(), t).plusLow(root.low());
    Term result = ofOnePlus(sum, isLarge, x);
    Term finite = x.below(x.literal(Double.POSITIVE_INFINITY));
    Term inside = one.below(x).select(finite.select(result, x), x.literal(Double.NaN));
    return x.equal(one).select(x.literal(0.0), inside);
  }

  /** {@return the root of a positive pair} */
  static Pair sqrt(Pair x) {
    Term root = x.high().sqrt();
    Term rest = root.negate().fma(root, x.high()).plus(x.low());
    return new Pair(root, rest.over(root.plus(root)));
  }

  static Term atanh(Term x) {
    Term a = x.abs();
    Term one = x.literal(1.0);
    Pair quotient = Pair.quotient(Pair.of(a.plus(a)), Pair.sum(one, a.negate()));
    Term result = ofOnePlus(quotient).value().times(x.literal(0.5));
    Term inside =
        a.below(one)
            .select(
                result,
                a.equal(one).select(x.literal(Double.POSITIVE_INFINITY), x.literal(Double.NaN)));
    return isTiny(x).select(x, Transcendental.withSign(inside, x));
  }

  static Term softplus(Term x) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term far = x.literal(single ? 20.0 : 40.0);
    Pair log = ofOnePlus(Exponentials.decay(x));
    Pair right = Pair.sum(x, log.high()).plusLow(log.low());
    Term near = x.below(zero).select(log.value(), right.value());
    Term left = x.below(far.negate()).select(Transcendental.exp(x), near);
    return far.below(x).select(x, left);
  }
}
