package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import org.cotangent.cpu.tier.TierUp;

/** Blocks that are multiplied the plain way until vectors have been seen to be faster. */
final class TieredBlocks implements Blocks {
  /** After each so many multiply-adds vectors are asked for. */
  private static final double OFTEN = 1 << 20;

  private final VectorKernel kernel;
  private final TierUp tierUp;

  /** Multiply-adds since the last request; not exact where threads count at once. */
  private double work;

  /**
   * Makes them.
   *
   * @param kernel of the process
   * @param tierUp looks whether it is faster
   */
  TieredBlocks(VectorKernel kernel, TierUp tierUp) {
    this.kernel = kernel;
    this.tierUp = tierUp;
  }

  @Override
  public void multiply(
      Product p,
      long rows,
      long columns,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    Blocks vectors = kernel.proven();
    if (vectors != null) {
      vectors.multiply(p, rows, columns, a, aOffset, b, bOffset, c, cOffset, workspace);
      return;
    }
    if (p.cRowsContiguous()) {
      kernel.plain(p).multiply(p, rows, columns, a, aOffset, b, bOffset, c, cOffset, workspace);
    } else {
      // Plain blocks write whole rows of C; so the roles of A and B are exchanged back.
      Product back = p.transposed();
      kernel
          .plain(back)
          .multiply(back, columns, rows, b, bOffset, a, aOffset, c, cOffset, workspace);
    }
    work += (double) rows * columns * p.k();
    if (work >= OFTEN) {
      work = 0;
      tierUp.request(kernel);
    }
  }
}
