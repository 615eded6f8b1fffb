package org.cotangent.scalar;

/**
 * The error function and what it lacks of 1. Near 0, {@code erf(x) = c x + x z q(z)} with {@code c
 * = 2 / sqrt(pi)}, {@code z = x^2}. Further out, {@code erfc(x) = exp(-z) r(t) / (1 + 2 x)} with
 * {@code t = (x - k) / (x + k)}: r lies between 1.1 and 1.3 for all x, so that few of its digits
 * come from the polynomial's rounded terms.
 */
final class ErrorFunctions {
  private ErrorFunctions() {}

  static Term erf(Term x) {
    Term a = x.abs();
    Term outer = oneMinus(tail(a)).value();
    Term result = a.below(x.literal(0.5)).select(near(a).value(), outer);
    return Transcendental.withSign(result, x);
  }

  static Term erfc(Term x) {
    // Where it is subnormal the low part has been rounded for itself.
    Term right = tail(x.abs()).high();
    Term outer = x.below(x.literal(0.0)).select(x.literal(2.0).minus(right), right);
    Term center = oneMinus(near(x)).value();
    return x.abs().below(x.literal(0.5)).select(center, outer);
  }

  private static Pair oneMinus(Pair x) {
    return Pair.ordered(x.high().literal(1.0), x.high().negate()).plusLow(x.low().negate());
  }

  /** {@return erf(x) for |x| up to 1/2} */
  private static Pair near(Term x) {
    Term z = x.times(x);
    Term q =
        Transcendental.single(x)
            ? Transcendental.polynomial(
                z, -0x1.812738p-2, 0x1.ce2642p-4, -0x1.b67f42p-6, 0x1.35f65ap-8)
            : Transcendental.polynomial(
                z,
                -0x1.812746b0379c4p-2,
                0x1.ce2f21a03e597p-4,
                -0x1.b82ce30f7f00fp-6,
                0x1.565bcc0a14bd8p-8,
                -0x1.c02d536fb4590p-11,
                0x1.f98e3b5f59894p-14,
                -0x1.f22e76d0e810cp-17,
                0x1.8b92b473629b5p-20);
    Pair c =
        Exponentials.constant(
            x, 0x1.20dd76p+0, -0x1.f7ac92p-25, 0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56);
    Pair linear = Pair.of(x).times(c);
    return linear.plusLow(x.times(z).times(q));
  }

  /** {@return the first coefficients of the derivative of x p(x), for a few of its digits} */
  private static double[] slope(double[] p) {
    double[] result = new double[7];
    for (int k = 0; k < result.length; k++) {
      result[k] = (k + 1) * p[k];
    }
    return result;
  }

  /** {@return erfc(x) for x from 1/2, through the subnormals to 0} */
  private static Pair tail(Term x) {
    boolean single = Transcendental.single(x);
    int middle = single ? 64 : 512;
    Term a = x.min(x.literal(single ? 10.5 : 28.0));
    Term k = x.literal(single ? 2.0 : 3.0);
    Term one = x.literal(1.0);
    Pair t = Pair.quotient(Pair.sum(a, k.negate()), Pair.sum(a, k));
    double[] p =
        single
            ? new double[] {
              -0x1.7bf5ecp-4,
              -0x1.5407c0p-3,
              0x1.4ffa16p-3,
              -0x1.bc2b2ep-5,
              -0x1.073958p-7,
              0x1.1dc408p-7,
              0x1.4b2a94p-10,
              -0x1.7bff34p-10,
              -0x1.bd9406p-12,
              0x1.9754f4p-13,
              0x1.a17792p-14
            }
            : new double[] {
              -0x1.15c084bb9e8f3p-3,
              -0x1.85a15c58aa5cdp-5,
              0x1.098366a5b469fp-3,
              -0x1.e88b803a49382p-4,
              0x1.17ca2877f1b96p-4,
              -0x1.8574c40bc9d50p-6,
              0x1.4b884e42861a1p-9,
              0x1.ef1bdd40858dcp-10,
              -0x1.98db50d1c3287p-11,
              -0x1.b9126ebf84e73p-14,
              0x1.065a30a9dc77bp-13,
              0x1.4c221e37ce053p-18,
              -0x1.513a75424fdccp-16,
              -0x1.87f201dede497p-21,
              0x1.d1f3d7398a3e1p-19,
              0x1.7ab395aca8d21p-22,
              -0x1.49fabdaa96324p-21,
              -0x1.2074eb1cf44dfp-23,
              0x1.a83b948563730p-24,
              0x1.260f24933a2cep-25,
              -0x1.6e43162995cb2p-27,
              -0x1.293cb9f5749fcp-28
            };
    Pair constant =
        Exponentials.constant(
            x, 0x1.46e80ep+0, 0x1.1565p-27, 0x1.40c522d7e4987p+0, 0x1.97b3e4036fd05p-55);
    Pair product = Pair.product(t.high(), Transcendental.polynomial(t.high(), p));
    Term slope = Transcendental.polynomial(t.high(), slope(p));
    Pair r =
        Pair.ordered(constant.high(), product.high())
            .plusLow(t.low().fma(slope, constant.low().plus(product.low())));
    Pair quotient = Pair.quotient(r, Pair.sum(one, a.plus(a)));

    // 2^middle keeps the power of two, and so the product, normal until the last step.
    Exponentials.Scaled exp =
        Exponentials.exp(
            Pair.product(a, a).negate(), x.literal(TranscendentalExp.magic(x) + middle));
    Pair result = quotient.times(exp.mantissa()).normal();
    return result.scaled(exp.power()).scaled(x.literal(Math.scalb(1.0, -middle)));
  }
}
