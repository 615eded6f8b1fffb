package org.cotangent.scalar;

/** Powers and roots. */
final class Powers {
  private Powers() {}

  static Term pow(Term x, Term y) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term one = x.literal(1.0);
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term a = x.abs();
    Pair log = Logarithms.exactly(a);
    Term logHigh = a.equal(zero).select(infinity.negate(), a.below(infinity).select(log.high(), a));

    // y log |x|; beyond the bounds the result is 0 or infinity.
    Term product = y.times(logHigh);
    Term bound = x.literal(single ? 200.0 : 1000.0);
    Term low = y.fma(log.high(), product.negate()).plus(y.times(log.low()));
    Term inside = product.abs().below(bound);
    Pair exponent = new Pair(product.max(bound.negate()).min(bound), inside.select(low, zero));
    Term magnitude = Exponentials.rounded(exponent.normal());

    Term half = y.times(x.literal(0.5));
    Term whole = y.rint().equal(y);
    Term odd = whole.and(half.rint().equal(half).not());
    Term signed = odd.select(Transcendental.withSign(magnitude, x), magnitude);
    Term undefined = x.below(zero).and(infinity.negate().below(x)).and(whole.not());
    Term result = undefined.select(x.literal(Double.NaN), signed);
    // 1 to any power, also infinite or NaN; -1 to an infinite one; and anything to the power of 0.
    Term endless = a.equal(one).and(y.abs().equal(infinity));
    Term unit = x.equal(one).or(y.equal(zero)).or(endless);
    return unit.select(one, result);
  }

  static Term cbrt(Term x) {
    boolean single = Transcendental.single(x);
    int fraction = single ? 23 : 52;
    int grown = single ? 24 : 54;
    Term a = x.abs();
    Term subnormal = a.below(x.literal(single ? 0x1p-126 : 0x1p-1022));
    Term normal = subnormal.select(a.times(x.literal(Math.scalb(1.0, grown))), a);

    // a = m 8^k with m from 1 to below 8.
    Term bits = normal.bitcast(Transcendental.bitsType(x));
    Term bias = bits.literal(single ? 127L : 1023L);
    Term exponent = bits.shiftRightLogical(bits.literal((long) fraction)).minus(bias);
    Term third = x.literal(1.0 / 3);
    Term k =
        exponent.convert(x.dtype()).fma(third, x.literal(1.0 / 6)).floor().convert(bits.dtype());
    Term tripled = k.plus(k).plus(k);
    Term m = bits.minus(tripled.shiftLeft(bits.literal((long) fraction))).bitcast(x.dtype());

    // 1 / cbrt(m), each step with three times the digits of the one before.
    Term y =
        Transcendental.polynomial(
            m,
            0x1.6cc388p+0,
            -0x1.317636p-1,
            0x1.a15b16p-3,
            -0x1.3c37dep-5,
            0x1.e449aep-9,
            -0x1.243d62p-13);
    Term one = x.literal(1.0);
    for (int i = 0; i < (single ? 1 : 2); i++) {
      Term h = m.times(y).negate().fma(y.times(y), one);
      y = h.times(h.fma(x.literal(2.0 / 9), third)).fma(y, y);
    }
    Term square = y.times(y);
    Term root = m.times(square);
    // What the root's cube misses, over three times its square.
    Pair squared = Pair.product(root, root);
    Pair cube = Pair.product(squared.high(), root);
    Term missing = m.minus(cube.high()).minus(squared.low().fma(root, cube.low()));
    Term result = missing.fma(square.times(third), root);

    Term shift = subnormal.select(bits.literal((long) -grown / 3), bits.literal(0L));
    Term power = k.plus(shift).plus(bias).shiftLeft(bits.literal((long) fraction));
    Term scaled = Transcendental.withSign(result.times(power.bitcast(x.dtype())), x);
    Term usual = x.literal(0.0).below(a).and(a.below(x.literal(Double.POSITIVE_INFINITY)));
    return usual.select(scaled, x);
  }

  static Term hypot(Term x, Term y) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term a = x.abs();
    Term b = y.abs();
    // So that no square over- or underflows.
    int middle = single ? 90 : 700;
    Term large = x.literal(Math.scalb(1.0, single ? 60 : 500)).below(a.max(b));
    Term small = a.max(b).below(x.literal(Math.scalb(1.0, single ? -40 : -400)));
    Term shrunk = x.literal(Math.scalb(1.0, -middle));
    Term grown = x.literal(Math.scalb(1.0, middle));
    Term one = x.literal(1.0);
    Term scale = large.select(shrunk, small.select(grown, one));
    Term back = large.select(grown, small.select(shrunk, one));
    Pair p = square(a.max(b).times(scale));
    Pair q = square(a.min(b).times(scale));
    Pair sum = Pair.ordered(p.high(), q.high()).plusLow(p.low()).plusLow(q.low());
    Term root = Logarithms.sqrt(sum.normal()).value().times(back);
    Term usual = sum.high().equal(zero).select(zero, root);
    return a.equal(infinity).or(b.equal(infinity)).select(infinity, usual);
  }

  private static Pair square(Term x) {
    return Pair.product(x, x);
  }
}
