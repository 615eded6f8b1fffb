package org.cotangent.testing;

import java.math.BigInteger;
import java.util.List;
import org.cotangent.op.Product;
import org.cotangent.type.DType;

/** What reductions and scans mean; see {@link Meanings}. */
final class ReductionMeanings {
  private ReductionMeanings() {}

  static void define() {
    Meanings.rounded(Product.class);
    Meanings.reduction(Product.class, op -> ((Product) op).axes(), ReductionMeanings::product);
  }

  private static Object product(List<Object> all) {
    if (all.isEmpty() || all.getFirst() instanceof Float || all.getFirst() instanceof Double) {
      return all.stream().mapToDouble(x -> ((Number) x).doubleValue()).reduce(1, (a, b) -> a * b);
    }
    // Modulo 2^64, as a product of longs wraps.
    return all.stream()
        .map(x -> BigInteger.valueOf((long) Meanings.cast(x, DType.INT64)))
        .reduce(BigInteger.ONE, BigInteger::multiply)
        .longValue();
  }
}
