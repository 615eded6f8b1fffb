package org.cotangent.cpu.gemm;

/**
 * The twin on the Vector API. Nothing but {@link Gemm} names it, so that a JVM without the module
 * never loads it. Integers, and what is too small for tiles, go the plain way.
 */
final class VectorGemm implements Gemm {
  private final Gemm plain = new PlainGemm();
  private final Blocks floats;
  private final Blocks doubles;

  /**
   * Makes it.
   *
   * @param floats multiplies float32
   * @param doubles multiplies float64
   */
  VectorGemm(Blocks floats, Blocks doubles) {
    this.floats = floats;
    this.doubles = doubles;
  }

  @Override
  public GemmPlan plan(GemmProblem problem, int threads) {
    PlainGemm.checkThreads(threads);
    GemmProblem folded = problem.folded();
    Product product = Product.of(folded);
    // A column of C from columns of A is a row of C', and a row of C from contiguous columns of B
    // is
    // a column of it: seen so, nothing has to be transposed.
    boolean exchange =
        product.n() == 1
            ? !product.aRowsContiguous() && folded.a().row() == 1
            : product.m() == 1 && !product.bRowsContiguous() && folded.b().row() == 1;
    if (!problem.dtype().isFloating() || Dots.suitSmall(product)) {
      return plain.plan(problem, threads);
    }
    Blocks blocks = product.elementBytes() == Float.BYTES ? floats : doubles;
    Product seen = exchange ? product.transposed() : product;
    return new GemmPlan(folded, seen, exchange, blocks, threads);
  }
}
