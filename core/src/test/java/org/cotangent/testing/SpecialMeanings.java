package org.cotangent.testing;

import java.util.function.DoubleUnaryOperator;
import org.cotangent.graph.Op;
import org.cotangent.op.Erf;
import org.cotangent.op.Erfc;

/** What special functions mean, by series and continued fractions; see {@link Meanings}. */
final class SpecialMeanings {
  private SpecialMeanings() {}

  static void define() {
    unary(Erf.class, SpecialMeanings::erf);
    unary(Erfc.class, SpecialMeanings::erfc);
  }

  private static void unary(Class<? extends Op> op, DoubleUnaryOperator f) {
    Meanings.rounded(op);
    Meanings.elementwise(
        op,
        in -> {
          double y = f.applyAsDouble(((Number) in.getFirst()).doubleValue());
          return in.getFirst() instanceof Float ? (Object) (float) y : (Object) y;
        });
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
}
