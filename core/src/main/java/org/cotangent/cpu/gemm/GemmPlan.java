package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import org.cotangent.error.ArgumentException;

/**
 * A {@link GemmProblem} made ready to run, as pieces that any threads may run in any order or at
 * the same time; each writes its own part of C. The bits of C do not depend on how many pieces
 * there are. Immutable, safe for many threads, allocates nothing when it runs except in the
 * workspace.
 *
 * {@snippet :
 * GemmPlan plan = gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 1, m, n, k), 1);
 * for (int piece = 0; piece < plan.pieces(); piece++) {
 *   plan.run(piece, a, 0, b, 0, c, 0, workspace);
 * }
 * }
 */
public final class GemmPlan {
  private final GemmProblem problem;
  private final Product product;
  private final boolean exchanged;
  private final Blocks blocks;
  private final Blocks staged;
  private final Grid grid;

  GemmPlan(GemmProblem problem, Product product, boolean exchanged, Blocks blocks, int threads) {
    this.problem = problem;
    this.product = product;
    this.exchanged = exchanged;
    this.blocks = blocks;
    this.staged = new StagedBlocks(blocks);
    this.grid = Grid.of(problem.batch(), product, threads);
  }

  /** {@return how many pieces there are, at least one; a small problem is one piece} */
  public int pieces() {
    return grid.pieces();
  }

  /** {@return the multiply-adds of all pieces} */
  public double multiplyAdds() {
    return (double) problem.batch() * product.m() * product.n() * product.k();
  }

  /**
   * Computes one piece of C and returns when it is there. Memory of C outside the matrices is left
   * as it is. The caller keeps the memory alive.
   *
   * @param piece which, from 0 to {@link #pieces} - 1
   * @param a memory of A; if it is heap memory, a mapped file, or elements are not aligned to their
   *     size, it is copied block by block
   * @param aOffset of A's first element, in elements
   * @param b memory of B, likewise
   * @param bOffset of B's first element, in elements
   * @param c memory of C, off-heap, not mapped, its elements aligned
   * @param cOffset of C's first element, in elements
   * @param workspace of this thread
   * @throws ArgumentException if there is no such piece, or C is heap memory, mapped or unaligned
   * @throws IndexOutOfBoundsException if an operand does not lie inside its memory; C is then
   *     partly written
   */
  public void run(
      int piece,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    if (piece < 0 || piece >= pieces()) {
      throw new ArgumentException("matmul: no piece " + piece + " of " + pieces());
    }
    int bytes = product.elementBytes();
    if (!OffHeap.isPlain(c, bytes)) {
      throw new ArgumentException(
          "matmul: C is heap memory, a mapped file or unaligned; write elsewhere, then copy");
    }
    Blocks blocks = OffHeap.isPlain(a, bytes) && OffHeap.isPlain(b, bytes) ? this.blocks : staged;
    int column = piece % grid.columns();
    int row = piece / grid.columns() % grid.rows();
    int part = piece / grid.columns() / grid.rows();
    long firstRow = grid.rowStart(product.m(), row);
    long rows = grid.rowStart(product.m(), row + 1) - firstRow;
    long firstColumn = grid.columnStart(product.n(), column);
    long columns = grid.columnStart(product.n(), column + 1) - firstColumn;
    if (rows == 0 || columns == 0) {
      return;
    }
    long left = firstRow * product.aRow();
    long right = firstColumn * product.bColumn();
    long corner = firstRow * product.cRow() + firstColumn * product.cColumn();
    long end = grid.batchStart(problem.batch(), part + 1);
    for (long i = grid.batchStart(problem.batch(), part); i < end; i++) {
      long aStart = (aOffset + i * problem.a().batch()) * bytes;
      long bStart = (bOffset + i * problem.b().batch()) * bytes;
      long cStart = (cOffset + i * problem.cBatch()) * bytes + corner;
      if (exchanged) {
        blocks.multiply(
            product, rows, columns, b, bStart + left, a, aStart + right, c, cStart, workspace);
      } else {
        blocks.multiply(
            product, rows, columns, a, aStart + left, b, bStart + right, c, cStart, workspace);
      }
    }
  }
}
