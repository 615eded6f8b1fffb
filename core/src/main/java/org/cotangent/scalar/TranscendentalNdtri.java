package org.cotangent.scalar;

/**
 * The standard normal quantile: Wichura's algorithm AS 241 (Applied Statistics 37(3), 1988), PPND7
 * for float32 and PPND16 for float64. A rational in {@code q^2} for {@code q = p - 1/2} up to
 * 0.425, and two in {@code sqrt(-log(min(p, 1 - p)))} for the tails. Numerator and denominator are
 * selected before the one division.
 */
// Coefficients are as the paper prints them.
@SuppressWarnings("FloatingPointLiteralPrecision")
final class TranscendentalNdtri {
  private TranscendentalNdtri() {}

  /** A rational function's two values. */
  private record Ratio(Term above, Term below) {
    Ratio or(Term condition, Ratio other) {
      return new Ratio(condition.select(above, other.above), condition.select(below, other.below));
    }
  }

  static Term of(Term p) {
    Term q = p.minus(p.literal(0.5));
    Term one = p.literal(1.0);
    Term tail = p.min(one.minus(p));
    Term root = Transcendental.log(tail).negate().sqrt();
    Term central = q.abs().notAbove(p.literal(0.425));
    Term near = root.notAbove(p.literal(5.0));

    Ratio middle = middle(q.negate().fma(q, p.literal(0.180625)));
    Ratio tails = near(root.minus(p.literal(1.6))).or(near, far(root.minus(p.literal(5.0))));
    Ratio chosen = middle.or(central, tails);
    Term ratio = chosen.above().over(chosen.below());

    Term negative = q.below(p.literal(0.0));
    Term magnitude = tail.equal(p.literal(0.0)).select(p.literal(Double.POSITIVE_INFINITY), ratio);
    Term outer = negative.select(magnitude.negate(), magnitude);
    return central.select(q.times(ratio), outer);
  }

  private static Ratio middle(Term r) {
    return Transcendental.single(r)
        ? new Ratio(
            Transcendental.polynomial(
                r, 3.3871327179e+00, 5.0434271938e+01, 1.5929113202e+02, 5.9109374720e+01),
            Transcendental.polynomial(r, 1, 1.7895169469e+01, 7.8757757664e+01, 6.7187563600e+01))
        : new Ratio(
            Transcendental.polynomial(
                r,
                3.3871328727963666080e0,
                1.3314166789178437745e+2,
                1.9715909503065514427e+3,
                1.3731693765509461125e+4,
                4.5921953931549871457e+4,
                6.7265770927008700853e+4,
                3.3430575583588128105e+4,
                2.5090809287301226727e+3),
            Transcendental.polynomial(
                r,
                1,
                4.2313330701600911252e+1,
                6.8718700749205790830e+2,
                5.3941960214247511077e+3,
                2.1213794301586595867e+4,
                3.9307895800092710610e+4,
                2.8729085735721942674e+4,
                5.2264952788528545610e+3));
  }

  private static Ratio near(Term r) {
    return Transcendental.single(r)
        ? new Ratio(
            Transcendental.polynomial(
                r, 1.4234372777e+00, 2.7568153900e+00, 1.3067284816e+00, 1.7023821103e-01),
            Transcendental.polynomial(r, 1, 7.3700164250e-01, 1.2021132975e-01))
        : new Ratio(
            Transcendental.polynomial(
                r,
                1.42343711074968357734e0,
                4.63033784615654529590e0,
                5.76949722146069140550e0,
                3.64784832476320460504e0,
                1.27045825245236838258e0,
                2.41780725177450611770e-1,
                2.27238449892691845833e-2,
                7.74545014278341407640e-4),
            Transcendental.polynomial(
                r,
                1,
                2.05319162663775882187e0,
                1.67638483018380384940e0,
                6.89767334985100004550e-1,
                1.48103976427480074590e-1,
                1.51986665636164571966e-2,
                5.47593808499534494600e-4,
                1.05075007164441684324e-9));
  }

  private static Ratio far(Term r) {
    return Transcendental.single(r)
        ? new Ratio(
            Transcendental.polynomial(
                r, 6.6579051150e+00, 3.0812263860e+00, 4.2868294337e-01, 1.7337203997e-02),
            Transcendental.polynomial(r, 1, 2.4197894225e-01, 1.2258202635e-02))
        : new Ratio(
            Transcendental.polynomial(
                r,
                6.65790464350110377720e0,
                5.46378491116411436990e0,
                1.78482653991729133580e0,
                2.96560571828504891230e-1,
                2.65321895265761230930e-2,
                1.24266094738807843860e-3,
                2.71155556874348757815e-5,
                2.01033439929228813265e-7),
            Transcendental.polynomial(
                r,
                1,
                5.99832206555887937690e-1,
                1.36929880922735805310e-1,
                1.48753612908506148525e-2,
                7.86869131145613259100e-4,
                1.84631831751005468180e-5,
                1.42151175831644588870e-7,
                2.04426310338993978564e-15));
  }
}
