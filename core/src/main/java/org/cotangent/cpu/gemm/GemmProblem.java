package org.cotangent.cpu.gemm;

import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;

/**
 * A batch of matrix products {@code C[i] = A[i] B[i]}, of shapes {@code (m, k) x (k, n) -> (m, n)}.
 * Any extent may be 0; a depth of 0 gives zeros. C does not overlap A or B.
 *
 * @param dtype of all three: float32, float64, int32 or int64
 * @param batch how many products
 * @param m rows of A and C
 * @param n columns of B and C
 * @param k depth: columns of A, rows of B
 * @param a where A's elements lie
 * @param b where B's elements lie
 * @param cBatch distance from one C to the next, in elements
 * @param cRow distance from one row of C to the next, in elements; its columns are adjacent
 */
public record GemmProblem(
    DType dtype, long batch, long m, long n, long k, Strides a, Strides b, long cBatch, long cRow) {
  /**
   * Distances between the elements of an operand, in elements; 0 and negative ones are allowed.
   *
   * @param batch from one matrix to the next
   * @param row from one row to the next
   * @param column from one column to the next
   */
  public record Strides(long batch, long row, long column) {
    /**
     * {@return the strides of contiguous row-major matrices}
     *
     * @param rows of a matrix
     * @param columns of a matrix
     */
    public static Strides rowMajor(long rows, long columns) {
      return new Strides(Math.multiplyExact(rows, columns), columns, 1);
    }
  }

  /** Checks dtype and extents. */
  public GemmProblem {
    if (!dtype.isFloating() && !dtype.isInteger()) {
      throw new DTypeException("matmul: no product of " + dtype + "; cast to int32 first");
    }
    if (batch < 0 || m < 0 || n < 0 || k < 0) {
      throw new ArgumentException(
          "matmul: negative extent: %d x (%d, %d) x (%d, %d)".formatted(batch, m, k, k, n));
    }
  }

  /**
   * {@return the problem with all three contiguous in row-major order}
   *
   * @param dtype of all three
   * @param batch how many products
   * @param m rows of A
   * @param n columns of B
   * @param k depth
   */
  public static GemmProblem rowMajor(DType dtype, long batch, long m, long n, long k) {
    Strides c = Strides.rowMajor(m, n);
    return new GemmProblem(
        dtype, batch, m, n, k, Strides.rowMajor(m, k), Strides.rowMajor(k, n), c.batch(), c.row());
  }

  /** {@return the same problem with the batch made rows, where one B serves adjacent As} */
  GemmProblem folded() {
    boolean rows = a.batch == m * a.row && cBatch == m * cRow && b.batch == 0;
    if (batch <= 1 || m == 0 || !rows) {
      return this;
    }
    return new GemmProblem(dtype, 1, batch * m, n, k, a, b, 0, cRow);
  }
}
