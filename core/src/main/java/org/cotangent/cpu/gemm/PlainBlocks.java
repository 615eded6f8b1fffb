package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import org.cotangent.type.DType;

/**
 * Row by row, with a block of B in heap arrays that stays in cache while all rows pass. From the
 * second block of the depth on, C's rows carry the chains on.
 */
final class PlainBlocks<T> implements Blocks {
  /** A block of B is 128 x 256 elements: 128 or 256 KiB. */
  private static final int DEPTH = 128;

  private static final int COLUMNS = 256;

  private final DType dtype;
  private final PlainRows<T> rows;

  PlainBlocks(DType dtype, PlainRows<T> rows) {
    this.dtype = dtype;
    this.rows = rows;
  }

  /** The arrays of a thread: a block of B, a part of a row of A, a part of a row of C. */
  static final class Scratch<T> {
    private final T[] b;
    private final T a;
    private final T c;

    private Scratch(PlainRows<T> rows) {
      b = rows.arrays(DEPTH, COLUMNS);
      a = rows.array(DEPTH);
      c = rows.array(COLUMNS);
    }
  }

  private Scratch<T> scratch() {
    return new Scratch<>(rows);
  }

  @Override
  public void multiply(
      Product p,
      long m,
      long n,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    Scratch<T> scratch = workspace.scratch(dtype, this::scratch);
    for (long j = 0; j < n; j += COLUMNS) {
      int columns = (int) Math.min(COLUMNS, n - j);
      long l = 0;
      do {
        int depth = (int) Math.min(DEPTH, p.k() - l);
        load(scratch.b, b, bOffset + l * p.bRow() + j * p.bColumn(), p, depth, columns);
        for (long i = 0; i < m; i++) {
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          if (l == 0 && !p.continues()) {
            rows.zero(scratch.c, columns);
          } else {
            MemorySegment.copy(c, rows.layout(), to, scratch.c, 0, columns);
          }
          long from = aOffset + i * p.aRow() + l * p.aColumn();
          rows.gather(a, from, p.aColumn(), scratch.a, depth);
          rows.accumulate(scratch.c, columns, scratch.a, depth, scratch.b);
          MemorySegment.copy(scratch.c, 0, c, rows.layout(), to, columns);
        }
        l += DEPTH;
      } while (l < p.k());
    }
  }

  private void load(T[] to, MemorySegment b, long offset, Product p, int depth, int columns) {
    for (int l = 0; l < depth; l++) {
      long from = offset + l * p.bRow();
      if (p.bRowsContiguous()) {
        MemorySegment.copy(b, rows.layout(), from, to[l], 0, columns);
      } else {
        rows.gather(b, from, p.bColumn(), to[l], columns);
      }
    }
  }
}
