package org.cotangent.cpu.gemm;

import org.cotangent.error.ArgumentException;
import org.cotangent.type.DType;

/** The twin that needs nothing but {@code java.base}. */
final class PlainGemm implements Gemm {
  private static final Blocks FLOAT32 = new PlainBlocks<>(DType.FLOAT32, PlainRows.FLOAT32);
  private static final Blocks FLOAT64 = new PlainBlocks<>(DType.FLOAT64, PlainRows.FLOAT64);
  private static final Blocks INT32 = new PlainBlocks<>(DType.INT32, PlainRows.INT32);
  private static final Blocks INT64 = new PlainBlocks<>(DType.INT64, PlainRows.INT64);

  @Override
  public GemmPlan plan(GemmProblem problem, int threads) {
    checkThreads(threads);
    GemmProblem folded = problem.folded();
    Product product = Product.of(folded);
    return new GemmPlan(folded, product, false, blocks(problem.dtype(), product), threads);
  }

  static void checkThreads(int threads) {
    if (threads < 1) {
      throw new ArgumentException("matmul: " + threads + " threads; at least 1 is needed");
    }
  }

  /** {@return what computes a product} */
  static Blocks blocks(DType dtype, Product product) {
    boolean dots = Dots.suitNarrow(product) || Dots.suitSmall(product);
    return switch (dtype) {
      case FLOAT32 -> dots ? Dots.FLOAT32 : FLOAT32;
      case FLOAT64 -> dots ? Dots.FLOAT64 : FLOAT64;
      case INT32 -> INT32;
      case INT64 -> INT64;
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8, BOOL -> throw new AssertionError(dtype);
    };
  }
}
