package org.cotangent.testing;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.cotangent.graph.Op;
import org.cotangent.op.Acosh;
import org.cotangent.op.Asinh;
import org.cotangent.op.Atanh;
import org.cotangent.op.Cbrt;
import org.cotangent.op.Cosh;
import org.cotangent.op.Exp2;
import org.cotangent.op.Expm1;
import org.cotangent.op.Hypot;
import org.cotangent.op.Log10;
import org.cotangent.op.Log1p;
import org.cotangent.op.Log2;
import org.cotangent.op.Power;
import org.cotangent.op.Sigmoid;
import org.cotangent.op.Sinh;
import org.cotangent.op.Softplus;

/** What exponentials, logarithms, powers and hyperbolic functions mean, by {@link StrictMath}. */
final class ExponentialMeanings {
  private ExponentialMeanings() {}

  static void define() {
    unary(Exp2.class, x -> StrictMath.pow(2, x));
    unary(Expm1.class, StrictMath::expm1);
    unary(Log1p.class, StrictMath::log1p);
    unary(Log2.class, x -> StrictMath.log(x) / StrictMath.log(2));
    unary(Log10.class, StrictMath::log10);
    unary(Cbrt.class, StrictMath::cbrt);
    unary(Sinh.class, StrictMath::sinh);
    unary(Cosh.class, StrictMath::cosh);
    unary(Asinh.class, x -> Math.copySign(log1p(x, Math.abs(x)), x));
    unary(Acosh.class, x -> StrictMath.log(x + Math.sqrt((x - 1) * (x + 1))));
    unary(Atanh.class, x -> (StrictMath.log1p(x) - StrictMath.log1p(-x)) / 2);
    unary(Sigmoid.class, x -> 1 / (1 + StrictMath.exp(-x)));
    unary(Softplus.class, x -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x))));
    binary(Power.class, StrictMath::pow);
    binary(Hypot.class, StrictMath::hypot);
  }

  private static double log1p(double x, double a) {
    return StrictMath.log1p(a + x * x / (1 + Math.sqrt(x * x + 1)));
  }

  static void unary(Class<? extends Op> op, DoubleUnaryOperator f) {
    Meanings.rounded(op);
    Meanings.elementwise(op, in -> like(in.getFirst(), f.applyAsDouble(number(in.getFirst()))));
  }

  static void binary(Class<? extends Op> op, DoubleBinaryOperator f) {
    Meanings.rounded(op);
    Meanings.elementwise(
        op, in -> like(in.get(0), f.applyAsDouble(number(in.get(0)), number(in.get(1)))));
  }

  private static double number(Object x) {
    return ((Number) x).doubleValue();
  }

  private static Object like(Object x, double value) {
    return x instanceof Float ? (Object) (float) value : (Object) value;
  }
}
