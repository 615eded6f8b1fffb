package org.cotangent.scalar;

/**
 * The logarithm of the gamma function and its derivatives. Each has a polynomial where it has
 * zeros, that leaves the zeros out; its asymptotic form further right, which fitted coefficients
 * carry down to 2; and Euler's reflection on the left, by the distance from the nearest integer.
 * Sums are of {@link Pair}s, so that cancellation costs no digits for positive arguments.
 */
final class Gamma {
  private Gamma() {}

  static Term lgamma(Term x) {
    Term zero = x.literal(0.0);
    Term half = x.literal(0.5);
    Term one = x.literal(1.0);
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term a = x.abs();
    Term left = x.notAbove(half.negate());
    Term y = left.select(a, x);

    // lgamma(2 + e) = lgamma(1 + e) + log(1 + e) = lgamma(e) + log(e (1 + e)).
    Term first = y.below(half);
    Term second = y.below(x.literal(1.5));
    Term large = x.literal(2.5).notAbove(y);
    Term e = y.minus(first.select(zero, second.select(one, x.literal(2.0))));
    Pair shifted = Pair.sum(one, y).times(Pair.of(y.abs()));
    Term factor = large.or(second).select(y, one);
    Pair log =
        Logarithms.log(
            new Pair(first.select(shifted.high(), factor), first.select(shifted.low(), zero)));
    Pair c =
        Exponentials.constant(
            x, 0x1.b0ee60p-2, 0x1.c824f4p-28, 0x1.b0ee6072093cep-2, 0x1.6cb90701fbfabp-58);
    Pair q = Pair.of(e).times(center(e));
    Pair near = Pair.of(e).times(Pair.ordered(c.high(), q.high()).plusLow(c.low().plus(q.low())));
    Pair central = Pair.sum(near.high(), log.high().negate()).plusLow(near.low().minus(log.low()));

    // (y - 1/2) (log y - 1) + log(2 pi) / 2 - 1/2 + r / y.
    Term inverse = one.over(y);
    Term rest = stirling(inverse.times(inverse)).value().times(inverse);
    Pair product =
        Pair.sum(y, half.negate())
            .times(Pair.sum(log.high(), one.negate()).plusLow(log.low()).normal());
    Pair constant =
        Exponentials.constant(
            x, 0x1.acfe3ap-2, -0x1.e6d052p-27, 0x1.acfe390c97d69p-2, 0x1.3494bc9001442p-56);
    Pair far =
        Pair.sum(product.high(), constant.high())
            .plusLow(product.low().plus(constant.low().plus(rest)));
    Pair right = Pair.select(large, far, central);
    Term endless = product.high().equal(infinity).and(large).or(x.equal(zero));
    Term onRight = endless.select(infinity, right.value());

    // log(pi / |x sin(pi x)|) - lgamma(-x).
    Term r = a.minus(a.rint());
    Pair sine = sine(r.times(r)).times(Pair.product(a, r.abs()));
    Pair pi =
        Exponentials.constant(
            x, 0x1.921fb6p+1, -0x1.777a5cp-24, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
    Pair reflected = Logarithms.log(Pair.quotient(pi, sine.normal()));
    Term onLeft =
        Pair.sum(reflected.high(), right.high().negate())
            .plusLow(reflected.low().minus(right.low()))
            .value();
    Term pole = a.equal(a.rint());
    return left.select(pole.select(infinity, onLeft), onRight);
  }

  static Term digamma(Term x) {
    boolean single = Transcendental.single(x);
    Term zero = x.literal(0.0);
    Term one = x.literal(1.0);
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    Term a = x.abs();
    Term left = x.below(zero);
    Term first = a.below(one);
    Term second = a.below(x.literal(2.0));

    // Of a, or of a + 1 if a is below 1.
    Pair root =
        Exponentials.constant(
            x, 0x1.762d86p+0, 0x1.ab5f20p-27, 0x1.762d86356be3fp+0, 0x1.b86a722197829p-54);
    Pair rootBelow =
        Exponentials.constant(
            x, 0x1.d8b618p-2, 0x1.ab5f20p-27, 0x1.d8b618d5af8fep-2, -0x1.1e563779a1f5bp-56);
    Pair distance = Pair.select(first, rootBelow, root).negate();
    Pair fromRoot = Pair.sum(a, distance.high()).plusLow(distance.low());
    Term d = a.minus(first.select(x.literal(0.5), x.literal(1.5)));
    Pair near = fromRoot.times(nearRoot(d)).normal();
    Pair inverse = Pair.quotient(Pair.of(one), Pair.of(a));
    Term z = inverse.high().times(inverse.high());
    Pair log = Logarithms.exactly(a);
    Pair far = log.plusLow(z.times(asymptotic(z).value()).negate());
    Pair base = Pair.select(second, near, far);

    // What is missing of digamma(x), or of digamma(1 - x) on the left.
    Term half = x.literal(0.5);
    Term outside = left.select(half, half.negate());
    Term between = left.select(one, zero);
    Term share = first.select(between.minus(one), second.select(between, outside));
    Pair fraction = inverse.scaled(share);
    Pair sum = Pair.sum(base.high(), fraction.high()).plusLow(base.low().plus(fraction.low()));

    Term r = a.minus(a.rint());
    Pair cotangent = cotangent(r);
    Term reflected =
        Pair.sum(sum.high(), cotangent.high()).plusLow(sum.low().plus(cotangent.low())).value();
    Term onLeft = r.equal(zero).select(x.literal(Double.NaN), reflected);
    Term onRight = x.equal(infinity).select(x, sum.value());
    Term tiny = a.below(x.literal(single ? 0x1p-40 : 0x1p-80));
    return tiny.select(one.over(x).negate(), left.select(onLeft, onRight));
  }

  /**
   * {@return the n-th derivative of digamma, n from 1} {@code (-1)^(n+1) n! sum 1 / (x + k)^(n+1)},
   * by some terms and Euler's and Maclaurin's formula for the others.
   */
  static Term polygamma(int n, Term x) {
    boolean single = Transcendental.single(x);
    int terms = single ? 5 : 10;
    Term zero = x.literal(0.0);
    Term one = x.literal(1.0);
    Term left = x.below(zero);
    Term y = left.select(one.minus(x), x);
    double factorial = 1;
    for (int k = 2; k <= n; k++) {
      factorial *= k;
    }
    Term above = x.literal(factorial);
    Term sum = zero;
    for (int k = terms - 1; k >= 0; k--) {
      sum = sum.plus(over(above, y.plus(x.literal((double) k)), n + 1));
    }
    Term last = y.plus(x.literal((double) terms));
    Term inverse = one.over(last);
    Term others =
        Transcendental.polynomial(inverse.times(inverse), maclaurin(n + 1, single ? 4 : 8));
    Term series = inverse.fma(inverse.fma(others, x.literal(0.5)), x.literal(1.0 / n));
    Term right = sum.plus(over(above.times(series), last, n));
    double sign = n % 2 == 0 ? -1 : 1;
    Term positive = right.times(x.literal(sign));

    // The n-th derivative of pi cot(pi x), of which that of digamma(1 - x) is a part.
    Term a = x.abs();
    Term r = a.minus(a.rint());
    // Nearer to 0 than this, where 1 / r may overflow, c^2 does.
    Term nearest = x.literal(single ? 0x1p-70 : 0x1p-520);
    Term kept = r.abs().below(nearest).select(Transcendental.withSign(nearest, r), r);
    Term c = cotangent(kept).value().negate();
    Term derivative = Transcendental.polynomial(c.times(c), cotangentDerivative(n));
    Term reflected = n % 2 == 0 ? derivative.times(c) : derivative;
    Term onLeft = right.negate().minus(reflected);
    Term result = left.select(onLeft, positive);
    Term pole = x.notAbove(zero).and(a.equal(a.rint()));
    return pole.select(x.literal(sign * Double.POSITIVE_INFINITY), result);
  }

  /**
   * {@return the coefficients in z = 1 / y^2 of the sum over B_2j / (2j)! s (s + 1) .. y^(1-2j)}
   */
  private static double[] maclaurin(int s, int count) {
    double[] bernoulli = {
      1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510
    };
    double[] result = new double[count];
    double factor = s / 2.0;
    for (int j = 0; j < count; j++) {
      result[j] = bernoulli[j] * factor;
      factor *= (s + 2.0 * j + 1) * (s + 2.0 * j + 2) / ((2 * j + 3) * (2 * j + 4));
    }
    return result;
  }

  /**
   * {@return the n-th derivative of c = pi cot(pi x) as a polynomial in c^2, times c if n is even}
   * By {@code c' = -(pi^2 + c^2)}.
   */
  private static double[] cotangentDerivative(int n) {
    double[] p = {0, 1};
    for (int i = 0; i < n; i++) {
      double[] next = new double[p.length + 1];
      for (int k = 1; k < p.length; k++) {
        next[k - 1] -= k * p[k] * Math.PI * Math.PI;
        next[k + 1] -= k * p[k];
      }
      p = next;
    }
    double[] result = new double[(n + 1) / 2 + 1];
    for (int k = 0; k < result.length; k++) {
      int at = 2 * k + (n % 2 == 0 ? 1 : 0);
      result[k] = at < p.length ? p[at] : 0;
    }
    return result;
  }

  /** {@return a / x^n in two steps, as the power may lie outside the range where this does not} */
  private static Term over(Term a, Term x, int n) {
    Term first = n == 1 ? a : a.over(power(x, n / 2));
    return first.over(power(x, n - n / 2));
  }

  private static Term power(Term x, int n) {
    Term product = (n & 1) == 1 ? x : x.literal(1.0);
    Term square = x;
    for (int left = n >> 1; left != 0; left >>= 1) {
      square = square.times(square);
      product = (left & 1) == 1 ? product.times(square) : product;
    }
    return product;
  }

  /** {@return a constant, of float32 or float64, plus x p} */
  private static Pair sum(
      Term x, Term p, double high32, double low32, double high64, double low64) {
    Pair constant = Exponentials.constant(x, high32, low32, high64, low64);
    Pair product = Pair.product(x, p);
    return Pair.ordered(constant.high(), product.high())
        .plusLow(constant.low().plus(product.low()));
  }

  /** {@return q in lgamma(2 + e) = c e + e^2 q(e) for |e| up to 1/2} */
  private static Pair center(Term e) {
    Term p =
        Transcendental.single(e)
            ? Transcendental.polynomial(
                e,
                -0x1.13e002p-4,
                0x1.5133fap-6,
                -0x1.e40842p-8,
                0x1.79beb8p-9,
                -0x1.37a8dep-10,
                0x1.2741f2p-11,
                -0x1.035da2p-12)
            : Transcendental.polynomial(
                e,
                -0x1.13e001a557607p-4,
                0x1.51322ac7d8333p-6,
                -0x1.e404fc218f370p-8,
                0x1.7add6eadfcc7bp-9,
                -0x1.38ac5c2c3ba16p-10,
                0x1.0b36af5972ed1p-11,
                -0x1.d3fd4c217341ep-13,
                0x1.a127cd91ac95bp-14,
                -0x1.78de7721ff5a0p-15,
                0x1.5808af19fa483p-16,
                -0x1.3cb7b3b3125e1p-17,
                0x1.2620de1c78d97p-18,
                -0x1.1235bb6eb9201p-19,
                0x1.f038cb2f6a913p-21,
                -0x1.d295ec4df68f0p-22,
                0x1.2703c6effc4ebp-22,
                -0x1.17d0781c44b2ep-23);
    return sum(e, p, 0x1.4a34ccp-2, 0x1.06ff2ep-30, 0x1.4a34cc4a60fa6p-2, 0x1.39b7a8f013487p-56);
  }

  /** {@return what Stirling's formula lacks, times x, at z = 1 / x^2 for x from 5/2} */
  private static Pair stirling(Term z) {
    Term p =
        Transcendental.single(z)
            ? Transcendental.polynomial(
                z, -0x1.6c1692p-9, 0x1.9fe22ap-11, -0x1.31cc68p-11, 0x1.615896p-11, -0x1.470938p-11)
            : Transcendental.polynomial(
                z,
                -0x1.6c16c16c158d5p-9,
                0x1.a01a01972a46dp-11,
                -0x1.38137a91f1e1ap-11,
                0x1.b94f3f8034d19p-11,
                -0x1.f658912c843ebp-10,
                0x1.a0b659205e766p-8,
                -0x1.ca9aeccab73d5p-6,
                0x1.2736f4268abb6p-3,
                -0x1.7f275b4a19aedp-1,
                0x1.b65ba28dd74f2p+1,
                -0x1.8cde48454b486p+3,
                0x1.0118b1c0c7c41p+5,
                -0x1.a0571acb3314bp+5,
                0x1.39a2a09b2f5d2p+5);
    return sum(z, p, 0x1.555556p-4, -0x1.570080p-29, 0x1.5555555555555p-4, 0x1.1d732e08a7944p-58);
  }

  /** {@return digamma(3/2 + d) over the distance from its root, for |d| up to 1/2} */
  private static Pair nearRoot(Term d) {
    Term p =
        Transcendental.single(d)
            ? Transcendental.polynomial(
                d,
                -0x1.b1cb68p-2,
                0x1.eca190p-3,
                -0x1.2febbep-3,
                0x1.850eaap-4,
                -0x1.fc5cd2p-5,
                0x1.4ea4b8p-5,
                -0x1.a67e08p-6,
                0x1.186978p-6,
                -0x1.0c43f0p-6,
                0x1.65418ap-7)
            : Transcendental.polynomial(
                d,
                -0x1.b1cb63005ee98p-2,
                0x1.eca189b8e6f6dp-3,
                -0x1.2feeeb98a78eap-3,
                0x1.8512e5903903ep-4,
                -0x1.fb44202a2306bp-5,
                0x1.4de9aa1779d23p-5,
                -0x1.b9f8b11bfd3d0p-6,
                0x1.2564717896ec6p-6,
                -0x1.863563f44f303p-7,
                0x1.03c0adafa529cp-7,
                -0x1.5a06a5d662cb4p-8,
                0x1.cd2011454fd05p-9,
                -0x1.336dbe66757c8p-9,
                0x1.99d3f5c0cad5ep-10,
                -0x1.0fb38d217b800p-10,
                0x1.6a3e76070c135p-11,
                -0x1.fd8e50abf2196p-12,
                0x1.53b23429da21bp-12,
                -0x1.2fae5cb379bf2p-13,
                0x1.94e73cc9821e1p-14,
                -0x1.75c084e78a4cdp-13,
                0x1.f255c4568ac4dp-14);
    return sum(d, p, 0x1.e6f0ccp-1, -0x1.1e327ap-27, 0x1.e6f0cbb873616p-1, 0x1.8f70c7a125e6ap-55);
  }

  /** {@return r in digamma(x) = log(x) - 1 / (2 x) - z r(z), z = 1 / x^2, for x from 2} */
  private static Pair asymptotic(Term z) {
    Term p =
        Transcendental.single(z)
            ? Transcendental.polynomial(
                z,
                -0x1.111090p-7,
                0x1.03cc6ep-8,
                -0x1.0a050cp-8,
                0x1.8f1f56p-8,
                -0x1.18d1c6p-7,
                0x1.af7e28p-8)
            : Transcendental.polynomial(
                z,
                -0x1.111111110e8c3p-7,
                0x1.041040fa6b86dp-8,
                -0x1.1111099dfc6d5p-8,
                0x1.f079056e69d72p-8,
                -0x1.59620883833adp-6,
                0x1.5309f5fefffe3p-4,
                -0x1.b2c80991ff42bp-2,
                0x1.49632f858b4b2p+1,
                -0x1.0604424a846cap+4,
                0x1.8a2fd3b9b067ep+6,
                -0x1.040a62b4d9723p+9,
                0x1.1de11fc1b4eccp+11,
                -0x1.f7ff999dbc335p+12,
                0x1.579a134d5bc52p+14,
                -0x1.5af6cea6030b9p+15,
                0x1.e6a2bbd79b192p+15,
                -0x1.a610e5be4ccd9p+15,
                0x1.5461b5ca8295bp+14);
    return sum(z, p, 0x1.555556p-4, -0x1.6a2d9cp-29, 0x1.5555555555555p-4, -0x1.c85d98fa527d0p-60);
  }

  /** {@return sin(pi r) / r at z = r^2 for |r| up to 1/2} */
  private static Pair sine(Term z) {
    Term p =
        Transcendental.single(z)
            ? Transcendental.polynomial(
                z, -0x1.4abbcep+2, 0x1.466bc0p+1, -0x1.32d12ep-1, 0x1.501408p-4, -0x1.cc9b60p-8)
            : Transcendental.polynomial(
                z,
                -0x1.4abbce625be52p+2,
                0x1.466bc6775aa7dp+1,
                -0x1.32d2cce627c86p-1,
                0x1.5078348551854p-4,
                -0x1.e3074dfaf87afp-8,
                0x1.e8f3675ee37ddp-12,
                -0x1.6f7acdb8f6580p-16,
                0x1.9d462020fcc78p-21);
    return sum(z, p, 0x1.921fb6p+1, -0x1.77b55ep-24, 0x1.921fb54442d18p+1, 0x1.18e26d3ec321cp-53);
  }

  /** {@return pi cot(pi r) for |r| up to 1/2} */
  private static Pair cotangent(Term r) {
    Pair pole = Pair.quotient(Pair.of(r.literal(1.0)), Pair.of(r));
    Pair less = Pair.of(r).times(beyondPole(r.times(r))).negate();
    return Pair.sum(pole.high(), less.high()).plusLow(pole.low().plus(less.low()));
  }

  /** {@return 1 / r - pi cot(pi r), over r, at z = r^2 for |r| up to 1/2} */
  private static Pair beyondPole(Term z) {
    Term p =
        Transcendental.single(z)
            ? Transcendental.polynomial(
                z,
                0x1.15132ep+1,
                0x1.046caap+1,
                0x1.0186a6p+1,
                0x1.f1d656p+0,
                0x1.3b711ep+1,
                0x1.f1d872p-14,
                0x1.842938p+2)
            : Transcendental.polynomial(
                z,
                0x1.151322ac7d851p+1,
                0x1.0470984c08617p+1,
                0x1.010b36afec0e5p+1,
                0x1.00412e17c3739p+1,
                0x1.001025408002cp+1,
                0x1.0003843258264p+1,
                0x1.000a799f06c14p+1,
                0x1.ff003eac2d7eap+0,
                0x1.04e5580dc28fap+1,
                0x1.ba44fc1ce8e5fp+0,
                0x1.b3f276dcbfa7bp+1,
                -0x1.949f8fbd12944p+1,
                0x1.de30f00078924p+3,
                -0x1.26457ffd5a6e4p+4,
                0x1.26457ffdfaa47p+4);
    return sum(z, p, 0x1.a51a66p+1, 0x1.f1fda4p-27, 0x1.a51a6625307d3p+1, 0x1.0f41ac91336c0p-54);
  }
}
