package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;

/** Computes a block of a product: all of the depth for some of the rows and columns of C. */
interface Blocks {
  /**
   * Computes {@code rows x columns} elements of C.
   *
   * @param p strides and depth
   * @param rows of the block
   * @param columns of the block
   * @param aOffset byte offset of the block's first row of A
   * @param bOffset byte offset of the block's first column of B
   * @param cOffset byte offset of the block's first element of C
   */
  void multiply(
      Product p,
      long rows,
      long columns,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace);
}
