package org.cotangent.testing;

import org.cotangent.op.Acos;
import org.cotangent.op.Asin;
import org.cotangent.op.Atan;
import org.cotangent.op.Atan2;
import org.cotangent.op.Cos;
import org.cotangent.op.Sin;
import org.cotangent.op.Tan;

/** What trigonometric functions mean, by {@link StrictMath}; see {@link Meanings}. */
final class TrigonometricMeanings {
  private TrigonometricMeanings() {}

  static void define() {
    ExponentialMeanings.unary(Sin.class, StrictMath::sin);
    ExponentialMeanings.unary(Cos.class, StrictMath::cos);
    ExponentialMeanings.unary(Tan.class, StrictMath::tan);
    ExponentialMeanings.unary(Asin.class, StrictMath::asin);
    ExponentialMeanings.unary(Acos.class, StrictMath::acos);
    ExponentialMeanings.unary(Atan.class, StrictMath::atan);
    ExponentialMeanings.binary(Atan2.class, StrictMath::atan2);
  }
}
