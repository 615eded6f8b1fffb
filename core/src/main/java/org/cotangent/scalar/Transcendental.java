package org.cotangent.scalar;

import org.cotangent.type.DType;

/**
 * Functions that no processor computes in one exactly rounded instruction, written in the exactly
 * rounded primitives. So they have the same bits on every backend, vector width and JIT tier. All
 * stay in the dtype of their argument: float32 never passes through float64, which is slow on GPUs.
 *
 * <p>Errors in units in the last place (ulp) of the exact result are the largest measured: over all
 * arguments in float32, over a million in float64. The bounds of ndtri, and of what is made of
 * pairs of numbers ({@code exp2} and what follows it), have some room above what a sample showed.
 * Instructions are counted without literals. Fitted coefficients come from {@code
 * src/test/python/minimax.py}.
 */
public final class Transcendental {
  /** The highest order of {@link #polygamma}. */
  public static final int MOST_POLYGAMMA = 20;

  private Transcendental() {}

  /**
   * {@return e to the power of x} Overflows to infinity and underflows through the subnormals to 0
   * where the exact result does; exp(-0) is 1. Error 0.90 ulp in float32, 0.88 ulp in float64; 20
   * and 25 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term exp(Term x) {
    return TranscendentalExp.of(floating("exp", x));
  }

  /**
   * {@return the natural logarithm of x} log(0) and log(-0) are minus infinity, log of anything
   * below is NaN; subnormal arguments lose nothing. Error 0.94 ulp in float32, 0.91 ulp in float64;
   * 29 and 33 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term log(Term x) {
    return TranscendentalLog.of(floating("log", x));
  }

  /**
   * {@return the hyperbolic tangent of x} Odd to the bit: tanh(-0) is -0. Error 1.07 ulp in
   * float32, 1.06 ulp in float64; 34 and 41 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term tanh(Term x) {
    return TranscendentalTanh.of(floating("tanh", x));
  }

  /**
   * {@return the standard normal quantile of p: the z that a normal variable stays below with
   * probability p} Minus infinity at 0, infinity at 1, NaN outside. Relative error below 5e-7 in
   * float32 and 1e-15 in float64, also of results near 0; 68 and 98 instructions.
   *
   * @param p float32 or float64, from 0 to 1
   * @throws IllegalArgumentException if p is of another dtype
   */
  public static Term ndtri(Term p) {
    return TranscendentalNdtri.of(floating("ndtri", p));
  }

  /**
   * {@return two to the power of x} Overflows to infinity and underflows through the subnormals to
   * 0; exact for whole x. Error 0.69 ulp in float32, 0.76 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term exp2(Term x) {
    return Exponentials.exp2(floating("exp2", x));
  }

  /**
   * {@return e to the power of x, minus 1} Keeps its digits near 0; expm1(-0) is -0. Error 0.77 ulp
   * in float32, 1.08 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term expm1(Term x) {
    return Exponentials.expm1(floating("expm1", x));
  }

  /**
   * {@return 1 / (1 + exp(-x))} Keeps its digits on both sides, through the subnormals to 0. Error
   * 0.72 ulp in float32, 0.77 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term sigmoid(Term x) {
    return Exponentials.sigmoid(floating("sigmoid", x));
  }

  /**
   * {@return the hyperbolic sine of x} Odd to the bit; overflows where the exact result does. Error
   * 0.68 ulp in float32, 0.72 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term sinh(Term x) {
    return Exponentials.sinh(floating("sinh", x));
  }

  /**
   * {@return the hyperbolic cosine of x} Overflows where the exact result does. Error 0.82 ulp in
   * float32, 0.82 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term cosh(Term x) {
    return Exponentials.cosh(floating("cosh", x));
  }

  /**
   * {@return the natural logarithm of 1 + x} Keeps its digits near 0; minus infinity at -1, NaN
   * below. Error 0.54 ulp in float32, 0.55 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term log1p(Term x) {
    return Logarithms.log1p(floating("log1p", x));
  }

  /**
   * {@return the logarithm of x to base 2} Exact for powers of two; minus infinity at 0, NaN below.
   * Error 0.52 ulp in float32, 0.58 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term log2(Term x) {
    return Logarithms.log2(floating("log2", x));
  }

  /**
   * {@return the logarithm of x to base 10} Minus infinity at 0, NaN below. Error 0.52 ulp in
   * float32, 0.54 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term log10(Term x) {
    return Logarithms.log10(floating("log10", x));
  }

  /**
   * {@return the inverse hyperbolic sine of x} Odd to the bit. Error 0.84 ulp in float32, 1.01 ulp
   * in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term asinh(Term x) {
    return Logarithms.asinh(floating("asinh", x));
  }

  /**
   * {@return the inverse hyperbolic cosine of x} NaN below 1. Error 0.52 ulp in float32, 0.55 ulp
   * in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term acosh(Term x) {
    return Logarithms.acosh(floating("acosh", x));
  }

  /**
   * {@return the inverse hyperbolic tangent of x} Odd to the bit; infinity at 1, NaN beyond. Error
   * 0.54 ulp in float32, 0.55 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term atanh(Term x) {
    return Logarithms.atanh(floating("atanh", x));
  }

  /**
   * {@return log(1 + exp(x))} Keeps its digits on the left, through the subnormals to 0. Error 0.86
   * ulp in float32, 0.97 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term softplus(Term x) {
    return Logarithms.softplus(floating("softplus", x));
  }

  /**
   * {@return the cube root of x} Odd to the bit. Error 0.51 ulp in float32, 0.51 ulp in float64.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term cbrt(Term x) {
    return Powers.cbrt(floating("cbrt", x));
  }

  /**
   * {@return x to the power of y} The special cases are IEEE 754's: pow(x, 0) and pow(1, y) are 1,
   * also of NaN; NaN for negative x unless y is whole. Error 0.76 ulp in float32, 0.78 ulp in
   * float64.
   *
   * @param x float32 or float64
   * @param y of that dtype
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term pow(Term x, Term y) {
    return Powers.pow(floating("pow", x), y);
  }

  /**
   * {@return the root of x² + y², which neither over- nor underflows on its way} Infinity if one is
   * infinite, also beside NaN. Error 0.64 ulp in float32, 0.75 ulp in float64.
   *
   * @param x float32 or float64
   * @param y of that dtype
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term hypot(Term x, Term y) {
    return Powers.hypot(floating("hypot", x), y);
  }

  /**
   * {@return the sine of x, in radians} Odd to the bit; NaN of an infinity; as exact for the
   * largest arguments as for small ones. Error 0.74 ulp in float32, 0.70 ulp in float64; 127 and
   * 160 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term sin(Term x) {
    return Trigonometric.sin(floating("sin", x));
  }

  /**
   * {@return the cosine of x, in radians} NaN of an infinity; as exact for the largest arguments as
   * for small ones. Error 0.74 ulp in float32, 0.71 ulp in float64; 126 and 159 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term cos(Term x) {
    return Trigonometric.cos(floating("cos", x));
  }

  /**
   * {@return the tangent of x, in radians} Odd to the bit; NaN of an infinity; as exact for the
   * largest arguments as for small ones. No float is a pole. Error 0.91 ulp in float32, 0.85 ulp in
   * float64; 141 and 174 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term tan(Term x) {
    return Trigonometric.tan(floating("tan", x));
  }

  /**
   * {@return the angle from -pi / 2 to pi / 2 whose sine is x} Odd to the bit; NaN beyond -1 and 1.
   * Error 0.63 ulp in float32, 0.62 ulp in float64; 39 and 46 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term asin(Term x) {
    return ArcFunctions.asin(floating("asin", x));
  }

  /**
   * {@return the angle from 0 to pi whose cosine is x} NaN beyond -1 and 1. Error 0.63 ulp in
   * float32, 0.62 ulp in float64; 44 and 51 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term acos(Term x) {
    return ArcFunctions.acos(floating("acos", x));
  }

  /**
   * {@return the angle from -pi / 2 to pi / 2 whose tangent is x} Odd to the bit. Error 0.58 ulp in
   * float32, 0.56 ulp in float64; 54 and 59 instructions.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term atan(Term x) {
    return ArcFunctions.atan(floating("atan", x));
  }

  /**
   * {@return the angle from -pi to pi of the point (x, y)} Signed zeros and infinities are as in C:
   * it is pi beside the negative x axis, from below -pi, also at -0, and multiples of pi / 4 if
   * both are infinite. Error 0.76 ulp in float32, 0.76 ulp in float64; 72 and 77 instructions.
   *
   * @param y float32 or float64
   * @param x of that dtype
   * @throws IllegalArgumentException if y is of another dtype
   */
  public static Term atan2(Term y, Term x) {
    return ArcFunctions.atan2(floating("atan2", y), x);
  }

  /**
   * {@return the error function of x} Odd to the bit. Error 0.75 ulp, in float32 1 ulp where
   * results are subnormal or nearly.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term erf(Term x) {
    return ErrorFunctions.erf(floating("erf", x));
  }

  /**
   * {@return 1 - erf(x)} Keeps its digits on the right, through the subnormals to 0. Error 0.85
   * ulp.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term erfc(Term x) {
    return ErrorFunctions.erfc(floating("erfc", x));
  }

  /**
   * {@return the logarithm of |gamma(x)|} Infinity at 0, at negative integers and at both
   * infinities. Error of positive x 0.80 ulp, also near the zeros at 1 and 2; of negative x 0.95
   * ulp of the larger of the result and 1.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term lgamma(Term x) {
    return Gamma.lgamma(floating("lgamma", x));
  }

  /**
   * {@return the derivative of lgamma} Minus infinity at 0, infinity at -0, NaN at negative
   * integers and at minus infinity. Error of positive x 0.80 ulp, also near the zero; of negative x
   * 0.90 ulp of the larger of the result and 1.
   *
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype
   */
  public static Term digamma(Term x) {
    return Gamma.digamma(floating("digamma", x));
  }

  /**
   * {@return the n-th derivative of digamma} Infinity at 0, at negative integers and at minus
   * infinity, with the sign of (-1)^(n+1), if n is not 0. Error 4 + 3n/2 ulp; of negative x, ulp of
   * the larger of the result and n! 2^(n+1), which for odd n is about the least between two poles.
   *
   * @param n from 0, which is digamma, to {@link #MOST_POLYGAMMA}
   * @param x float32 or float64
   * @throws IllegalArgumentException if x is of another dtype, or n not in that range
   */
  public static Term polygamma(int n, Term x) {
    if (n < 0 || n > MOST_POLYGAMMA) {
      throw new IllegalArgumentException(
          "polygamma: order " + n + " is not from 0 to " + MOST_POLYGAMMA);
    }
    return n == 0 ? digamma(x) : Gamma.polygamma(n, floating("polygamma", x));
  }

  /**
   * {@return four random words: Philox 4x32 with 10 rounds} A bijection of the counters for every
   * key, whose outputs for consecutive counters pass as independent. 136 instructions. Salmon,
   * Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
   *
   * @param counter four unsigned 32-bit words, each in an int64 from 0 to 2^32 - 1
   * @param key two such words
   * @throws IllegalArgumentException if a count or a dtype differs
   */
  public static Term[] philox(Term[] counter, Term[] key) {
    return TranscendentalPhilox.of(counter, key);
  }

  private static Term floating(String function, Term x) {
    if (!x.dtype().isFloating()) {
      throw new IllegalArgumentException(
          function + ": " + x.dtype() + " is no float dtype; convert to float32 or float64 first");
    }
    return x;
  }

  /** {@return whether the term is a float32, as opposed to a float64} */
  static boolean single(Term x) {
    return x.dtype() == DType.FLOAT32;
  }

  /** {@return the signed integer dtype of the same width, for a float's bits} */
  static DType bitsType(Term x) {
    return single(x) ? DType.INT32 : DType.INT64;
  }

  /** {@return the polynomial at x by Horner's rule; coefficients are from the constant upwards} */
  static Term polynomial(Term x, double... coefficients) {
    Term sum = x.literal(coefficients[coefficients.length - 1]);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = sum.fma(x, x.literal(coefficients[i]));
    }
    return sum;
  }

  /** {@return the magnitude, which is not negative, with the sign of another} */
  static Term withSign(Term magnitude, Term sign) {
    DType type = bitsType(sign);
    Term bits = sign.bitcast(type);
    Term top = bits.literal(single(sign) ? Integer.MIN_VALUE : Long.MIN_VALUE);
    return magnitude.bitcast(type).or(bits.and(top)).bitcast(sign.dtype());
  }
}
