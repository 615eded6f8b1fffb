package org.cotangent.testing;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.cotangent.graph.Op;
import org.cotangent.op.Erf;
import org.cotangent.op.Erfc;
import org.cotangent.op.Lgamma;
import org.cotangent.op.Polygamma;

/** What special functions mean, by series and continued fractions; see {@link Meanings}. */
final class SpecialMeanings {
  private SpecialMeanings() {}

  static void define() {
    unary(Erf.class, SpecialMeanings::erf);
    unary(Erfc.class, SpecialMeanings::erfc);
    unary(Lgamma.class, SpecialMeanings::lgamma);
    Meanings.rounded(Polygamma.class);
    Meanings.define(
        Polygamma.class,
        (op, in, out) ->
            List.of(
                Meanings.each(
                    in,
                    out,
                    x -> like(x.getFirst(), y -> polygamma(((Polygamma) op).order(), y)))));
  }

  private static void unary(Class<? extends Op> op, DoubleUnaryOperator f) {
    Meanings.rounded(op);
    Meanings.elementwise(op, in -> like(in.getFirst(), f));
  }

  private static Object like(Object x, DoubleUnaryOperator f) {
    double y = f.applyAsDouble(((Number) x).doubleValue());
    return x instanceof Float ? (Object) (float) y : (Object) y;
  }

  /** The series of positive terms, x (2 x²)ⁿ / (2n + 1)!! times exp(-x²). */
  private static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double sum = 0;
    double term = x;
    for (int n = 1; n < 200; n++) {
      sum += term;
      term *= 2 * x * x / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-x * x) * sum;
  }

  /** Laplace's continued fraction on the right. */
  private static double erfc(double x) {
    if (!(x > 1)) {
      return 1 - erf(x);
    }
    double below = x;
    for (int n = 300; n > 0; n--) {
      below = x + n / 2.0 / below;
    }
    return StrictMath.exp(-x * x) / Math.sqrt(Math.PI) / below;
  }

  /** Taylor's series about 2, from 1/2 to 7/2. */
  private static double lgamma(double x) {
    double e = x - 2;
    double sum = 0;
    for (int k = TERMS; k >= 2; k--) {
      sum = sum * -e + zetaMinusOne(k) / k;
    }
    return e * (1 - EULER + e * sum);
  }

  private static double digamma(double x) {
    double e = x - 2;
    double sum = 0;
    for (int k = TERMS; k >= 2; k--) {
      sum = sum * -e + zetaMinusOne(k);
    }
    return 1 - EULER + e * sum;
  }

  private static final int TERMS = 150;
  private static final double EULER = 0.57721566490153286061;

  /** The sum of 1 / mᵏ from 2 on. */
  private static double zetaMinusOne(int k) {
    return k == 2 ? Math.PI * Math.PI / 6 - 1 : polygamma(k - 1, 2) / factorial(k - 1) * (k % 2 == 0 ? 1 : -1);
  }

  /** The sum of 1 / (x + k)ⁿ⁺¹ by a hundred terms and an integral, for positive x. */
  private static double polygamma(int n, double x) {
    double sum = 0;
    double factorial = 1;
    for (int k = 2; k <= n; k++) {
      factorial *= k;
    }
    int s = n + 1;
    for (int k = 99; k >= 0; k--) {
      sum += StrictMath.pow(x + k, -s);
    }
    double y = x + 100;
    double power = StrictMath.pow(y, -n);
    double integral = n == 0 ? -StrictMath.log(y) : power / n;
    double corrections = 0.5 / y + s / (12 * y * y) - s * (s + 1) * (s + 2) / (720 * y * y * y * y);
    double result = sum + integral + power * corrections;
    return (n % 2 == 0 ? -1 : 1) * factorial * result;
  }
}
