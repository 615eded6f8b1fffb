package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Products too small to be packed, and for the plain twin matrix times vector: scalar chains, eight
 * rows of A side by side, which hides the latency of the fused multiply-add.
 */
final class Dots {
  /** For float32. */
  static final Blocks FLOAT32 = new Floats();

  /** For float64. */
  static final Blocks FLOAT64 = new Doubles();

  private static final int WIDEST = 2;

  private static final int SMALL = 512;

  private Dots() {}

  /** {@return whether the product has so few columns that plain loops over them gain nothing} */
  static boolean suitNarrow(Product p) {
    return p.n() <= WIDEST;
  }

  /** {@return whether the product is too small for blocks of any kind} */
  static boolean suitSmall(Product p) {
    return (double) p.m() * p.n() * p.k() <= SMALL;
  }

  private static final class Floats implements Blocks {
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
      for (long j = 0; j < n; j++) {
        long right = bOffset + j * p.bColumn();
        long i = 0;
        for (; i + 8 <= m; i += 8) {
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          eight(p, a, aOffset + i * p.aRow(), b, right, c, to);
        }
        for (; i < m; i++) {
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          one(p, a, aOffset + i * p.aRow(), b, right, c, to);
        }
      }
    }

    private static void one(
        Product p,
        MemorySegment a,
        long left,
        MemorySegment b,
        long right,
        MemorySegment c,
        long to) {
      a = OffHeap.known(a);
      b = OffHeap.known(b);
      float sum = p.continues() ? get(c, to) : 0;
      for (long l = 0; l < p.k(); l++) {
        sum = Math.fma(get(a, left + l * p.aColumn()), get(b, right + l * p.bRow()), sum);
      }
      c.set(ValueLayout.JAVA_FLOAT, to, sum);
    }

    private static void eight(
        Product p,
        MemorySegment a,
        long a0,
        MemorySegment b,
        long right,
        MemorySegment c,
        long to) {
      a = OffHeap.known(a);
      b = OffHeap.known(b);
      long aColumn = p.aColumn();
      long bRow = p.bRow();
      long depth = p.k();
      long a1 = a0 + p.aRow();
      long a2 = a1 + p.aRow();
      long a3 = a2 + p.aRow();
      long a4 = a3 + p.aRow();
      long a5 = a4 + p.aRow();
      long a6 = a5 + p.aRow();
      long a7 = a6 + p.aRow();
      long step = p.cRow();
      boolean goesOn = p.continues();
      float s0 = goesOn ? get(c, to) : 0;
      float s1 = goesOn ? get(c, to + step) : 0;
      float s2 = goesOn ? get(c, to + 2 * step) : 0;
      float s3 = goesOn ? get(c, to + 3 * step) : 0;
      float s4 = goesOn ? get(c, to + 4 * step) : 0;
      float s5 = goesOn ? get(c, to + 5 * step) : 0;
      float s6 = goesOn ? get(c, to + 6 * step) : 0;
      float s7 = goesOn ? get(c, to + 7 * step) : 0;
      for (long l = 0; l < depth; l++) {
        float v = get(b, right + l * bRow);
        long x = l * aColumn;
        s0 = Math.fma(get(a, a0 + x), v, s0);
        s1 = Math.fma(get(a, a1 + x), v, s1);
        s2 = Math.fma(get(a, a2 + x), v, s2);
        s3 = Math.fma(get(a, a3 + x), v, s3);
        s4 = Math.fma(get(a, a4 + x), v, s4);
        s5 = Math.fma(get(a, a5 + x), v, s5);
        s6 = Math.fma(get(a, a6 + x), v, s6);
        s7 = Math.fma(get(a, a7 + x), v, s7);
      }
      c.set(ValueLayout.JAVA_FLOAT, to, s0);
      c.set(ValueLayout.JAVA_FLOAT, to + step, s1);
      c.set(ValueLayout.JAVA_FLOAT, to + 2 * step, s2);
      c.set(ValueLayout.JAVA_FLOAT, to + 3 * step, s3);
      c.set(ValueLayout.JAVA_FLOAT, to + 4 * step, s4);
      c.set(ValueLayout.JAVA_FLOAT, to + 5 * step, s5);
      c.set(ValueLayout.JAVA_FLOAT, to + 6 * step, s6);
      c.set(ValueLayout.JAVA_FLOAT, to + 7 * step, s7);
    }

    private static float get(MemorySegment segment, long offset) {
      return segment.get(ValueLayout.JAVA_FLOAT, offset);
    }
  }

  private static final class Doubles implements Blocks {
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
      for (long j = 0; j < n; j++) {
        long right = bOffset + j * p.bColumn();
        long i = 0;
        for (; i + 8 <= m; i += 8) {
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          eight(p, a, aOffset + i * p.aRow(), b, right, c, to);
        }
        for (; i < m; i++) {
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          one(p, a, aOffset + i * p.aRow(), b, right, c, to);
        }
      }
    }

    private static void one(
        Product p,
        MemorySegment a,
        long left,
        MemorySegment b,
        long right,
        MemorySegment c,
        long to) {
      a = OffHeap.known(a);
      b = OffHeap.known(b);
      double sum = p.continues() ? get(c, to) : 0;
      for (long l = 0; l < p.k(); l++) {
        sum = Math.fma(get(a, left + l * p.aColumn()), get(b, right + l * p.bRow()), sum);
      }
      c.set(ValueLayout.JAVA_DOUBLE, to, sum);
    }

    private static void eight(
        Product p,
        MemorySegment a,
        long a0,
        MemorySegment b,
        long right,
        MemorySegment c,
        long to) {
      a = OffHeap.known(a);
      b = OffHeap.known(b);
      long aColumn = p.aColumn();
      long bRow = p.bRow();
      long depth = p.k();
      long a1 = a0 + p.aRow();
      long a2 = a1 + p.aRow();
      long a3 = a2 + p.aRow();
      long a4 = a3 + p.aRow();
      long a5 = a4 + p.aRow();
      long a6 = a5 + p.aRow();
      long a7 = a6 + p.aRow();
      long step = p.cRow();
      boolean goesOn = p.continues();
      double s0 = goesOn ? get(c, to) : 0;
      double s1 = goesOn ? get(c, to + step) : 0;
      double s2 = goesOn ? get(c, to + 2 * step) : 0;
      double s3 = goesOn ? get(c, to + 3 * step) : 0;
      double s4 = goesOn ? get(c, to + 4 * step) : 0;
      double s5 = goesOn ? get(c, to + 5 * step) : 0;
      double s6 = goesOn ? get(c, to + 6 * step) : 0;
      double s7 = goesOn ? get(c, to + 7 * step) : 0;
      for (long l = 0; l < depth; l++) {
        double v = get(b, right + l * bRow);
        long x = l * aColumn;
        s0 = Math.fma(get(a, a0 + x), v, s0);
        s1 = Math.fma(get(a, a1 + x), v, s1);
        s2 = Math.fma(get(a, a2 + x), v, s2);
        s3 = Math.fma(get(a, a3 + x), v, s3);
        s4 = Math.fma(get(a, a4 + x), v, s4);
        s5 = Math.fma(get(a, a5 + x), v, s5);
        s6 = Math.fma(get(a, a6 + x), v, s6);
        s7 = Math.fma(get(a, a7 + x), v, s7);
      }
      c.set(ValueLayout.JAVA_DOUBLE, to, s0);
      c.set(ValueLayout.JAVA_DOUBLE, to + step, s1);
      c.set(ValueLayout.JAVA_DOUBLE, to + 2 * step, s2);
      c.set(ValueLayout.JAVA_DOUBLE, to + 3 * step, s3);
      c.set(ValueLayout.JAVA_DOUBLE, to + 4 * step, s4);
      c.set(ValueLayout.JAVA_DOUBLE, to + 5 * step, s5);
      c.set(ValueLayout.JAVA_DOUBLE, to + 6 * step, s6);
      c.set(ValueLayout.JAVA_DOUBLE, to + 7 * step, s7);
    }

    private static double get(MemorySegment segment, long offset) {
      return segment.get(ValueLayout.JAVA_DOUBLE, offset);
    }
  }
}
