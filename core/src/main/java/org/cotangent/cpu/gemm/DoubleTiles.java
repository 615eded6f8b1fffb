package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The float64 tiles. A step of the depth loads one row of B's panel, broadcasts four elements of A
 * and multiplies each by each.
 *
 * <p>Hazards, each a factor of ten or more. C1 gives up on some kernels larger than 4 x 4, and
 * HotSpot may then stay on boxed vectors for ever: prove another size over many JVMs, not one. And
 * C2 inlines only what the JDK marks ForceInline once it has made 18,000 nodes, which a kernel
 * does: so no helper methods, however small, inside a kernel.
 */
final class DoubleTiles implements TileKernel {
  private static final VectorSpecies<Double> SPECIES = VectorWidth.species(double.class);
  private static final long BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfDouble ELEMENT = ValueLayout.JAVA_DOUBLE;

  @Override
  public int vectorBytes() {
    return (int) BYTES;
  }

  @Override
  public int widest() {
    return BYTES == 64 ? 4 : 2;
  }

  @Override
  public void run(
      int vectors,
      int tiles,
      MemorySegment a,
      long aOffset,
      long aRow,
      MemorySegment b,
      long bOffset,
      long bRow,
      int depth,
      MemorySegment from,
      long fromOffset,
      long fromRow,
      MemorySegment c,
      long cOffset,
      long cRow) {
    for (int t = 0; t < tiles; t++) {
      long left = aOffset + (long) t * ROWS * aRow;
      long start = fromOffset + (long) t * ROWS * fromRow;
      long to = cOffset + (long) t * ROWS * cRow;
      switch (vectors) {
        case 4 -> four(a, left, aRow, b, bOffset, bRow, depth, from, start, fromRow, c, to, cRow);
        case 2 -> two(a, left, aRow, b, bOffset, bRow, depth, from, start, fromRow, c, to, cRow);
        default -> one(a, left, aRow, b, bOffset, bRow, depth, from, start, fromRow, c, to, cRow);
      }
    }
  }

  /**
   * Sixteen accumulators, eight loads and sixteen multiply-adds a step: as many cycles as two units
   * take.
   */
  private static void four(
      MemorySegment a,
      long a0,
      long aRow,
      MemorySegment b,
      long b0,
      long bRow,
      int depth,
      MemorySegment from,
      long f0,
      long fRow,
      MemorySegment c,
      long c0,
      long cRow) {
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    DoubleVector c00 = DoubleVector.fromMemorySegment(SPECIES, from, f0, ORDER);
    DoubleVector c01 = DoubleVector.fromMemorySegment(SPECIES, from, f0 + BYTES, ORDER);
    DoubleVector c02 = DoubleVector.fromMemorySegment(SPECIES, from, f0 + 2 * BYTES, ORDER);
    DoubleVector c03 = DoubleVector.fromMemorySegment(SPECIES, from, f0 + 3 * BYTES, ORDER);
    DoubleVector c10 = DoubleVector.fromMemorySegment(SPECIES, from, f1, ORDER);
    DoubleVector c11 = DoubleVector.fromMemorySegment(SPECIES, from, f1 + BYTES, ORDER);
    DoubleVector c12 = DoubleVector.fromMemorySegment(SPECIES, from, f1 + 2 * BYTES, ORDER);
    DoubleVector c13 = DoubleVector.fromMemorySegment(SPECIES, from, f1 + 3 * BYTES, ORDER);
    DoubleVector c20 = DoubleVector.fromMemorySegment(SPECIES, from, f2, ORDER);
    DoubleVector c21 = DoubleVector.fromMemorySegment(SPECIES, from, f2 + BYTES, ORDER);
    DoubleVector c22 = DoubleVector.fromMemorySegment(SPECIES, from, f2 + 2 * BYTES, ORDER);
    DoubleVector c23 = DoubleVector.fromMemorySegment(SPECIES, from, f2 + 3 * BYTES, ORDER);
    DoubleVector c30 = DoubleVector.fromMemorySegment(SPECIES, from, f3, ORDER);
    DoubleVector c31 = DoubleVector.fromMemorySegment(SPECIES, from, f3 + BYTES, ORDER);
    DoubleVector c32 = DoubleVector.fromMemorySegment(SPECIES, from, f3 + 2 * BYTES, ORDER);
    DoubleVector c33 = DoubleVector.fromMemorySegment(SPECIES, from, f3 + 3 * BYTES, ORDER);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = DoubleVector.fromMemorySegment(SPECIES, b, right, ORDER);
      DoubleVector v1 = DoubleVector.fromMemorySegment(SPECIES, b, right + BYTES, ORDER);
      DoubleVector v2 = DoubleVector.fromMemorySegment(SPECIES, b, right + 2 * BYTES, ORDER);
      DoubleVector v3 = DoubleVector.fromMemorySegment(SPECIES, b, right + 3 * BYTES, ORDER);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a0 + left));
      c00 = x0.fma(v0, c00);
      c01 = x0.fma(v1, c01);
      c02 = x0.fma(v2, c02);
      c03 = x0.fma(v3, c03);
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a1 + left));
      c10 = x1.fma(v0, c10);
      c11 = x1.fma(v1, c11);
      c12 = x1.fma(v2, c12);
      c13 = x1.fma(v3, c13);
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a2 + left));
      c20 = x2.fma(v0, c20);
      c21 = x2.fma(v1, c21);
      c22 = x2.fma(v2, c22);
      c23 = x2.fma(v3, c23);
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a3 + left));
      c30 = x3.fma(v0, c30);
      c31 = x3.fma(v1, c31);
      c32 = x3.fma(v2, c32);
      c33 = x3.fma(v3, c33);
    }
    long c1 = c0 + cRow;
    long c2 = c1 + cRow;
    long c3 = c2 + cRow;
    c00.intoMemorySegment(c, c0, ORDER);
    c01.intoMemorySegment(c, c0 + BYTES, ORDER);
    c02.intoMemorySegment(c, c0 + 2 * BYTES, ORDER);
    c03.intoMemorySegment(c, c0 + 3 * BYTES, ORDER);
    c10.intoMemorySegment(c, c1, ORDER);
    c11.intoMemorySegment(c, c1 + BYTES, ORDER);
    c12.intoMemorySegment(c, c1 + 2 * BYTES, ORDER);
    c13.intoMemorySegment(c, c1 + 3 * BYTES, ORDER);
    c20.intoMemorySegment(c, c2, ORDER);
    c21.intoMemorySegment(c, c2 + BYTES, ORDER);
    c22.intoMemorySegment(c, c2 + 2 * BYTES, ORDER);
    c23.intoMemorySegment(c, c2 + 3 * BYTES, ORDER);
    c30.intoMemorySegment(c, c3, ORDER);
    c31.intoMemorySegment(c, c3 + BYTES, ORDER);
    c32.intoMemorySegment(c, c3 + 2 * BYTES, ORDER);
    c33.intoMemorySegment(c, c3 + 3 * BYTES, ORDER);
  }

  /** Eight accumulators, just enough to hide a latency of four cycles on two units. */
  private static void two(
      MemorySegment a,
      long a0,
      long aRow,
      MemorySegment b,
      long b0,
      long bRow,
      int depth,
      MemorySegment from,
      long f0,
      long fRow,
      MemorySegment c,
      long c0,
      long cRow) {
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    DoubleVector c00 = DoubleVector.fromMemorySegment(SPECIES, from, f0, ORDER);
    DoubleVector c01 = DoubleVector.fromMemorySegment(SPECIES, from, f0 + BYTES, ORDER);
    DoubleVector c10 = DoubleVector.fromMemorySegment(SPECIES, from, f1, ORDER);
    DoubleVector c11 = DoubleVector.fromMemorySegment(SPECIES, from, f1 + BYTES, ORDER);
    DoubleVector c20 = DoubleVector.fromMemorySegment(SPECIES, from, f2, ORDER);
    DoubleVector c21 = DoubleVector.fromMemorySegment(SPECIES, from, f2 + BYTES, ORDER);
    DoubleVector c30 = DoubleVector.fromMemorySegment(SPECIES, from, f3, ORDER);
    DoubleVector c31 = DoubleVector.fromMemorySegment(SPECIES, from, f3 + BYTES, ORDER);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = DoubleVector.fromMemorySegment(SPECIES, b, right, ORDER);
      DoubleVector v1 = DoubleVector.fromMemorySegment(SPECIES, b, right + BYTES, ORDER);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a0 + left));
      c00 = x0.fma(v0, c00);
      c01 = x0.fma(v1, c01);
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a1 + left));
      c10 = x1.fma(v0, c10);
      c11 = x1.fma(v1, c11);
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a2 + left));
      c20 = x2.fma(v0, c20);
      c21 = x2.fma(v1, c21);
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a3 + left));
      c30 = x3.fma(v0, c30);
      c31 = x3.fma(v1, c31);
    }
    long c1 = c0 + cRow;
    long c2 = c1 + cRow;
    long c3 = c2 + cRow;
    c00.intoMemorySegment(c, c0, ORDER);
    c01.intoMemorySegment(c, c0 + BYTES, ORDER);
    c10.intoMemorySegment(c, c1, ORDER);
    c11.intoMemorySegment(c, c1 + BYTES, ORDER);
    c20.intoMemorySegment(c, c2, ORDER);
    c21.intoMemorySegment(c, c2 + BYTES, ORDER);
    c30.intoMemorySegment(c, c3, ORDER);
    c31.intoMemorySegment(c, c3 + BYTES, ORDER);
  }

  /** Bound by latency; for what is left of narrow matrices. */
  private static void one(
      MemorySegment a,
      long a0,
      long aRow,
      MemorySegment b,
      long b0,
      long bRow,
      int depth,
      MemorySegment from,
      long f0,
      long fRow,
      MemorySegment c,
      long c0,
      long cRow) {
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    DoubleVector c00 = DoubleVector.fromMemorySegment(SPECIES, from, f0, ORDER);
    DoubleVector c10 = DoubleVector.fromMemorySegment(SPECIES, from, f1, ORDER);
    DoubleVector c20 = DoubleVector.fromMemorySegment(SPECIES, from, f2, ORDER);
    DoubleVector c30 = DoubleVector.fromMemorySegment(SPECIES, from, f3, ORDER);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = DoubleVector.fromMemorySegment(SPECIES, b, right, ORDER);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a0 + left));
      c00 = x0.fma(v0, c00);
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a1 + left));
      c10 = x1.fma(v0, c10);
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a2 + left));
      c20 = x2.fma(v0, c20);
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, a.get(ELEMENT, a3 + left));
      c30 = x3.fma(v0, c30);
    }
    long c1 = c0 + cRow;
    long c2 = c1 + cRow;
    long c3 = c2 + cRow;
    c00.intoMemorySegment(c, c0, ORDER);
    c10.intoMemorySegment(c, c1, ORDER);
    c20.intoMemorySegment(c, c2, ORDER);
    c30.intoMemorySegment(c, c3, ORDER);
  }

  @Override
  public void pack(
      MemorySegment from,
      long offset,
      long row,
      MemorySegment to,
      long panel,
      long panelBytes,
      int rows,
      int panels) {
    int vectors = widest();
    long width = (long) vectors * BYTES;
    for (int k = 0; k < rows; k++) {
      for (int p = 0; p < panels; p++) {
        long source = offset + k * row + p * width;
        long target = panel + p * panelBytes + k * width;
        DoubleVector v0 = DoubleVector.fromMemorySegment(SPECIES, from, source, ORDER);
        DoubleVector v1 = DoubleVector.fromMemorySegment(SPECIES, from, source + BYTES, ORDER);
        if (vectors == 4) {
          DoubleVector v2 =
              DoubleVector.fromMemorySegment(SPECIES, from, source + 2 * BYTES, ORDER);
          DoubleVector v3 =
              DoubleVector.fromMemorySegment(SPECIES, from, source + 3 * BYTES, ORDER);
          v2.intoMemorySegment(to, target + 2 * BYTES, ORDER);
          v3.intoMemorySegment(to, target + 3 * BYTES, ORDER);
        }
        v0.intoMemorySegment(to, target, ORDER);
        v1.intoMemorySegment(to, target + BYTES, ORDER);
      }
    }
  }
}
