package org.cotangent.scalar;

/**
 * The hyperbolic tangent. Below 3/4 it is {@code a + a z P(z) / Q(z)} with {@code a = |x|}, {@code
 * z = a^2}; from there on it is {@code 1 - 2 / (exp(2 a) + 1)}, where the rounding errors of the
 * fraction shrink against the 1. At 3/4 both forms err alike. Both are a sum with a quotient, so
 * they share the one division.
 */
final class TranscendentalTanh {
  private TranscendentalTanh() {}

  static Term of(Term x) {
    boolean single = Transcendental.single(x);
    Term a = x.abs();
    Term z = a.times(a);
    Term p =
        single
            ? Transcendental.polynomial(z, -0x1.518908p+4, -0x1.de18eep-1)
            : Transcendental.polynomial(
                z, -0x1.940eebbdc593bp+10, -0x1.8d7344f81cc58p+6, -0x1.edc992cc54148p-1);
    Term q =
        single
            ? monic(z, 0x1.fa4d8cp+5, 0x1.c1dd2cp+4)
            : monic(z, 0x1.2f0b30ce542edp+12, 0x1.17b228b5ec635p+11, 0x1.c3922cc6c202fp+6);

    // From the bound on the result is 1.
    Term twice = a.plus(a).min(x.literal(single ? 20.0 : 40.0));
    TranscendentalExp.Scaled exp =
        TranscendentalExp.reduce(twice, x.literal(TranscendentalExp.magic(x)));
    Term one = x.literal(1.0);
    Term sum = exp.mantissa().fma(exp.power(), one);

    Term small = a.below(x.literal(0.75));
    Term numerator = small.select(z.times(p).times(a), x.literal(-2.0));
    Term result = small.select(a, one).plus(numerator.over(small.select(q, sum)));
    return Transcendental.withSign(result, x);
  }

  /** {@return a polynomial whose leading coefficient, 1, is left out} */
  private static Term monic(Term z, double... coefficients) {
    Term sum = z.plus(z.literal(coefficients[coefficients.length - 1]));
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = sum.fma(z, z.literal(coefficients[i]));
    }
    return sum;
  }
}
