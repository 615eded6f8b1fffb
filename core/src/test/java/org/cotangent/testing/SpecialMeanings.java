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
  private static final int TERMS = 40;
  private static final double EULER = 0.5772156649015329;

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
                    in, out, x -> like(x.getFirst(), polygamma(((Polygamma) op).order())))));
  }

  private static DoubleUnaryOperator polygamma(int n) {
    return n == 0 ? SpecialMeanings::digamma : x -> polygamma(n, x);
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

  /** Taylor's series about 2, to which the recurrence leads. */
  private static double lgamma(double x) {
    if (!(Math.abs(x - 2) <= 0.5)) {
      return x < 2
          ? lgamma(x + 1) - StrictMath.log(Math.abs(x))
          : lgamma(x - 1) + StrictMath.log(x - 1);
    }
    double e = x - 2;
    double sum = 0;
    for (int k = TERMS; k >= 2; k--) {
      sum = sum * -e + hurwitz(k, 2) / k;
    }
    return e * (1 - EULER + e * sum);
  }

  /** Its derivative. */
  private static double digamma(double x) {
    if (!(Math.abs(x - 2) <= 0.5)) {
      return x < 2 ? digamma(x + 1) - 1 / x : digamma(x - 1) + 1 / (x - 1);
    }
    double e = x - 2;
    double sum = 0;
    for (int k = TERMS; k >= 2; k--) {
      sum = sum * -e + hurwitz(k, 2);
    }
    return 1 - EULER + e * sum;
  }

  private static double polygamma(int n, double x) {
    double factorial = 1;
    for (int k = 2; k <= n; k++) {
      factorial *= k;
    }
    return (n % 2 == 0 ? -1 : 1) * factorial * hurwitz(n + 1, x);
  }

  /**
   * The sum of 1 / (x + k)ˢ, x above -50, by a hundred terms, and an integral with corrections for
   * the rest.
   */
  private static double hurwitz(int s, double x) {
    double y = x + 100;
    double corrections = 0.5 / y + s / (12 * y * y) - s * (s + 1) * (s + 2) / (720 * y * y * y * y);
    double sum = StrictMath.pow(y, 1 - s) * (1.0 / (s - 1) + corrections);
    for (int k = 99; k >= 0; k--) {
      sum += StrictMath.pow(x + k, -s);
    }
    return sum;
  }
}
