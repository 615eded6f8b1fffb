package org.cotangent.scalar;

/**
 * The natural logarithm: {@code log(x) = e ln 2 + log(m)} for {@code x = 2^e m} with m around 1.
 * Float32 takes log(m) as a polynomial in {@code f = m - 1}. Float64 would need 20 terms; it takes
 * {@code log(1 + f) = 2 atanh(s)}, {@code s = f / (2 + f)}, and writes {@code 2 s} as {@code f - s
 * f}, so that the largest term is exact: K. C. Ng's form, which Sun's fdlibm explains.
 */
final class TranscendentalLog {
  private TranscendentalLog() {}

  static Term of(Term x) {
    boolean single = Transcendental.single(x);
    int fraction = single ? 23 : 52;
    Term subnormal = x.below(x.literal(single ? 0x1p-126 : 0x1p-1022));
    Term normal = subnormal.select(x.times(x.literal(Math.scalb(1.0, fraction))), x);
    Term offset = subnormal.select(x.literal((double) -fraction), x.literal(0.0));

    // Subtracting the smallest m leaves e in the exponent field of the difference.
    Term bits = normal.bitcast(Transcendental.bitsType(x));
    Term smallest = bits.literal(single ? 0x3f2aaaabL : 0x3fe6a09e667f3bcdL);
    Term exponent = bits.minus(smallest).and(bits.literal(-1L << fraction));
    Term m = bits.minus(exponent).bitcast(x.dtype());
    Term e = exponent.convert(x.dtype()).fma(x.literal(Math.scalb(1.0, -fraction)), offset);
    Term f = m.minus(x.literal(1.0));
    Term finite = single ? float32(e, f) : float64(e, f);

    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term zero = x.literal(0.0);
    Term outside = x.equal(zero).select(x.literal(Double.NEGATIVE_INFINITY), x.literal(Double.NaN));
    return zero.below(x).select(x.below(infinity).select(finite, x), outside);
  }

  /** {@return e ln 2 + log(1 + f) for f from -1/3 to 1/3, float32} */
  private static Term float32(Term e, Term f) {
    Term q =
        Transcendental.polynomial(
            f,
            -0.5,
            0x1.555506p-2,
            -0x1.fffef8p-3,
            0x1.99d05cp-3,
            -0x1.559c8ep-3,
            0x1.1ed45cp-3,
            -0x1.f3344cp-4,
            0x1.1e7230p-3,
            -0x1.07b4d0p-3);
    // Float32's ln 2 is off by 2^-29 only: in e ln 2 that is below a tenth of an ulp.
    return e.fma(f.literal(0x1.62e430p-1), q.fma(f.times(f), f));
  }

  /** {@return e ln 2 + log(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1, float64} */
  private static Term float64(Term e, Term f) {
    Term s = f.over(f.plus(f.literal(2.0)));
    Term z = s.times(s);
    Term q =
        Transcendental.polynomial(
            z,
            0x1.5555555555592p-1,
            0x1.999999997ff2dp-2,
            0x1.24924941dfe0bp-2,
            0x1.c71c5215856c0p-3,
            0x1.74663cb3a9700p-3,
            0x1.39a1edb831dacp-3,
            0x1.2f0393157d72cp-3);
    // log(1 + f) = f - s (f - z q)
    Term small = z.negate().fma(q, f).times(s);
    Term rest = e.fma(f.literal(-0x1.abc9e3b39803fp-56), small);
    return e.fma(f.literal(0x1.62e42fefa39efp-1), f.minus(rest));
  }
}
