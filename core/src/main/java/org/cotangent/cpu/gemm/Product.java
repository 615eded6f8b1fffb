package org.cotangent.cpu.gemm;

/**
 * One matrix product as its blocks see it: strides in bytes. C's column stride is one element
 * unless the roles of A and B were exchanged. Where it {@code continues}, each chain goes on from
 * what C holds, instead of from 0.
 */
record Product(
    int elementBytes,
    long m,
    long n,
    long k,
    long aRow,
    long aColumn,
    long bRow,
    long bColumn,
    long cRow,
    long cColumn,
    boolean continues) {
  static Product of(GemmProblem p) {
    int e = p.dtype().bytes();
    return new Product(
        e,
        p.m(),
        p.n(),
        p.k(),
        p.a().row() * e,
        p.a().column() * e,
        p.b().row() * e,
        p.b().column() * e,
        p.cRow() * e,
        e,
        false);
  }

  /** {@return the transposed product, C' = B' A'} Each element keeps its chain. */
  Product transposed() {
    return new Product(
        elementBytes, n, m, k, bColumn, bRow, aColumn, aRow, cColumn, cRow, continues);
  }

  boolean aRowsContiguous() {
    return aColumn == elementBytes;
  }

  boolean bRowsContiguous() {
    return bColumn == elementBytes;
  }

  boolean cRowsContiguous() {
    return cColumn == elementBytes;
  }
}
