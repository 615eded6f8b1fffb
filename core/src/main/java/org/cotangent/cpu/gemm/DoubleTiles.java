package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;
import org.cotangent.cpu.tier.VectorWidth;

/**
 * The float64 tiles. A step of the depth loads one row of B's panel, broadcasts one element of each
 * row of A and multiplies each by each.
 *
 * <p>Hazards, each a factor of ten to a hundred. C1 gives up on a method that inlines too many
 * vector operations, and HotSpot may then stay on boxed vectors for ever. C2 inlines no helper,
 * however small, once it has made 18,000 nodes; only what the JDK marks ForceInline. So loads,
 * which come first, go through a helper, which C1 leaves a call, and stores and broadcasts stand as
 * they are. A change is proven over many JVMs, not one.
 *
 * <p>A float read from memory goes through a general register, bits broadcast from memory do not:
 * hence integer broadcasts, 5% faster.
 */
final class DoubleTiles implements TileKernel {
  private static final VectorSpecies<Double> SPECIES = VectorWidth.species(double.class);
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final VectorSpecies<Long> BITS = VectorWidth.species(long.class);

  // Where one lane counts: some processors multiply and add two narrow vectors a cycle, but one
  // wide.
  private static final VectorSpecies<Double> NARROW = DoubleVector.SPECIES_128;
  private static final VectorSpecies<Long> NARROW_BITS = LongVector.SPECIES_128;

  private static final ValueLayout.OfLong ELEMENT = ValueLayout.JAVA_LONG;

  @Override
  public int vectorBytes() {
    return BYTES;
  }

  @Override
  public int widest() {
    return BYTES == 64 ? 4 : 2;
  }

  @Override
  public int rows(int vectors) {
    return vectors == 1 ? 8 : 4;
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
    long rows = rows(vectors);
    for (int t = 0; t < tiles; t++) {
      long left = aOffset + t * rows * aRow;
      long start = fromOffset + t * rows * fromRow;
      long to = cOffset + t * rows * cRow;
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
    a = OffHeap.known(a);
    b = OffHeap.known(b);
    from = OffHeap.known(from);
    c = OffHeap.known(c);
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    DoubleVector c00 = load(from, f0);
    DoubleVector c01 = load(from, f0 + BYTES);
    DoubleVector c02 = load(from, f0 + 2 * BYTES);
    DoubleVector c03 = load(from, f0 + 3 * BYTES);
    DoubleVector c10 = load(from, f1);
    DoubleVector c11 = load(from, f1 + BYTES);
    DoubleVector c12 = load(from, f1 + 2 * BYTES);
    DoubleVector c13 = load(from, f1 + 3 * BYTES);
    DoubleVector c20 = load(from, f2);
    DoubleVector c21 = load(from, f2 + BYTES);
    DoubleVector c22 = load(from, f2 + 2 * BYTES);
    DoubleVector c23 = load(from, f2 + 3 * BYTES);
    DoubleVector c30 = load(from, f3);
    DoubleVector c31 = load(from, f3 + BYTES);
    DoubleVector c32 = load(from, f3 + 2 * BYTES);
    DoubleVector c33 = load(from, f3 + 3 * BYTES);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = load(b, right);
      DoubleVector v1 = load(b, right + BYTES);
      DoubleVector v2 = load(b, right + 2 * BYTES);
      DoubleVector v3 = load(b, right + 3 * BYTES);
      DoubleVector x0 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a0 + left)).reinterpretAsDoubles();
      c00 = x0.fma(v0, c00);
      c01 = x0.fma(v1, c01);
      c02 = x0.fma(v2, c02);
      c03 = x0.fma(v3, c03);
      DoubleVector x1 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a1 + left)).reinterpretAsDoubles();
      c10 = x1.fma(v0, c10);
      c11 = x1.fma(v1, c11);
      c12 = x1.fma(v2, c12);
      c13 = x1.fma(v3, c13);
      DoubleVector x2 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a2 + left)).reinterpretAsDoubles();
      c20 = x2.fma(v0, c20);
      c21 = x2.fma(v1, c21);
      c22 = x2.fma(v2, c22);
      c23 = x2.fma(v3, c23);
      DoubleVector x3 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a3 + left)).reinterpretAsDoubles();
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
    a = OffHeap.known(a);
    b = OffHeap.known(b);
    from = OffHeap.known(from);
    c = OffHeap.known(c);
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    DoubleVector c00 = load(from, f0);
    DoubleVector c01 = load(from, f0 + BYTES);
    DoubleVector c10 = load(from, f1);
    DoubleVector c11 = load(from, f1 + BYTES);
    DoubleVector c20 = load(from, f2);
    DoubleVector c21 = load(from, f2 + BYTES);
    DoubleVector c30 = load(from, f3);
    DoubleVector c31 = load(from, f3 + BYTES);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = load(b, right);
      DoubleVector v1 = load(b, right + BYTES);
      DoubleVector x0 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a0 + left)).reinterpretAsDoubles();
      c00 = x0.fma(v0, c00);
      c01 = x0.fma(v1, c01);
      DoubleVector x1 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a1 + left)).reinterpretAsDoubles();
      c10 = x1.fma(v0, c10);
      c11 = x1.fma(v1, c11);
      DoubleVector x2 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a2 + left)).reinterpretAsDoubles();
      c20 = x2.fma(v0, c20);
      c21 = x2.fma(v1, c21);
      DoubleVector x3 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a3 + left)).reinterpretAsDoubles();
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

  /** Eight rows, so eight accumulators again; for matrices as narrow as a vector. */
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
    a = OffHeap.known(a);
    b = OffHeap.known(b);
    from = OffHeap.known(from);
    c = OffHeap.known(c);
    long a1 = a0 + aRow;
    long a2 = a1 + aRow;
    long a3 = a2 + aRow;
    long a4 = a3 + aRow;
    long a5 = a4 + aRow;
    long a6 = a5 + aRow;
    long a7 = a6 + aRow;
    long f1 = f0 + fRow;
    long f2 = f1 + fRow;
    long f3 = f2 + fRow;
    long f4 = f3 + fRow;
    long f5 = f4 + fRow;
    long f6 = f5 + fRow;
    long f7 = f6 + fRow;
    DoubleVector c00 = load(from, f0);
    DoubleVector c10 = load(from, f1);
    DoubleVector c20 = load(from, f2);
    DoubleVector c30 = load(from, f3);
    DoubleVector c40 = load(from, f4);
    DoubleVector c50 = load(from, f5);
    DoubleVector c60 = load(from, f6);
    DoubleVector c70 = load(from, f7);
    for (int k = 0; k < depth; k++) {
      long right = b0 + k * bRow;
      long left = (long) k * Double.BYTES;
      DoubleVector v0 = load(b, right);
      DoubleVector x0 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a0 + left)).reinterpretAsDoubles();
      c00 = x0.fma(v0, c00);
      DoubleVector x1 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a1 + left)).reinterpretAsDoubles();
      c10 = x1.fma(v0, c10);
      DoubleVector x2 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a2 + left)).reinterpretAsDoubles();
      c20 = x2.fma(v0, c20);
      DoubleVector x3 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a3 + left)).reinterpretAsDoubles();
      c30 = x3.fma(v0, c30);
      DoubleVector x4 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a4 + left)).reinterpretAsDoubles();
      c40 = x4.fma(v0, c40);
      DoubleVector x5 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a5 + left)).reinterpretAsDoubles();
      c50 = x5.fma(v0, c50);
      DoubleVector x6 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a6 + left)).reinterpretAsDoubles();
      c60 = x6.fma(v0, c60);
      DoubleVector x7 =
          LongVector.broadcast(BITS, a.get(ELEMENT, a7 + left)).reinterpretAsDoubles();
      c70 = x7.fma(v0, c70);
    }
    long c1 = c0 + cRow;
    long c2 = c1 + cRow;
    long c3 = c2 + cRow;
    long c4 = c3 + cRow;
    long c5 = c4 + cRow;
    long c6 = c5 + cRow;
    long c7 = c6 + cRow;
    c00.intoMemorySegment(c, c0, ORDER);
    c10.intoMemorySegment(c, c1, ORDER);
    c20.intoMemorySegment(c, c2, ORDER);
    c30.intoMemorySegment(c, c3, ORDER);
    c40.intoMemorySegment(c, c4, ORDER);
    c50.intoMemorySegment(c, c5, ORDER);
    c60.intoMemorySegment(c, c6, ORDER);
    c70.intoMemorySegment(c, c7, ORDER);
  }

  @Override
  public void column(
      int rows,
      MemorySegment a,
      long a0,
      long aRow,
      MemorySegment b,
      long bOffset,
      int depth,
      boolean first,
      MemorySegment c,
      long cOffset,
      long cRow) {
    a = OffHeap.known(a);
    b = OffHeap.known(b);
    int last = rows - 1;
    long a1 = a0 + Math.min(1, last) * aRow;
    long a2 = a0 + Math.min(2, last) * aRow;
    long a3 = a0 + Math.min(3, last) * aRow;
    long a4 = a0 + Math.min(4, last) * aRow;
    long a5 = a0 + Math.min(5, last) * aRow;
    long a6 = a0 + Math.min(6, last) * aRow;
    long a7 = a0 + Math.min(7, last) * aRow;
    DoubleVector c0 = chain(first, c, cOffset);
    DoubleVector c1 = chain(first, c, cOffset + Math.min(1, last) * cRow);
    DoubleVector c2 = chain(first, c, cOffset + Math.min(2, last) * cRow);
    DoubleVector c3 = chain(first, c, cOffset + Math.min(3, last) * cRow);
    DoubleVector c4 = chain(first, c, cOffset + Math.min(4, last) * cRow);
    DoubleVector c5 = chain(first, c, cOffset + Math.min(5, last) * cRow);
    DoubleVector c6 = chain(first, c, cOffset + Math.min(6, last) * cRow);
    DoubleVector c7 = chain(first, c, cOffset + Math.min(7, last) * cRow);
    for (int k = 0; k < depth; k++) {
      long left = (long) k * Double.BYTES;
      DoubleVector v =
          LongVector.broadcast(NARROW_BITS, b.get(ELEMENT, bOffset + left)).reinterpretAsDoubles();
      DoubleVector x0 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a0 + left)).reinterpretAsDoubles();
      c0 = x0.fma(v, c0);
      DoubleVector x1 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a1 + left)).reinterpretAsDoubles();
      c1 = x1.fma(v, c1);
      DoubleVector x2 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a2 + left)).reinterpretAsDoubles();
      c2 = x2.fma(v, c2);
      DoubleVector x3 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a3 + left)).reinterpretAsDoubles();
      c3 = x3.fma(v, c3);
      DoubleVector x4 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a4 + left)).reinterpretAsDoubles();
      c4 = x4.fma(v, c4);
      DoubleVector x5 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a5 + left)).reinterpretAsDoubles();
      c5 = x5.fma(v, c5);
      DoubleVector x6 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a6 + left)).reinterpretAsDoubles();
      c6 = x6.fma(v, c6);
      DoubleVector x7 =
          LongVector.broadcast(NARROW_BITS, a.get(ELEMENT, a7 + left)).reinterpretAsDoubles();
      c7 = x7.fma(v, c7);
    }
    c.set(ValueLayout.JAVA_DOUBLE, cOffset, c0.lane(0));
    if (last >= 1) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + cRow, c1.lane(0));
    }
    if (last >= 2) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 2 * cRow, c2.lane(0));
    }
    if (last >= 3) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 3 * cRow, c3.lane(0));
    }
    if (last >= 4) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 4 * cRow, c4.lane(0));
    }
    if (last >= 5) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 5 * cRow, c5.lane(0));
    }
    if (last >= 6) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 6 * cRow, c6.lane(0));
    }
    if (last >= 7) {
      c.set(ValueLayout.JAVA_DOUBLE, cOffset + 7 * cRow, c7.lane(0));
    }
  }

  /** A chain in all lanes. */
  private static DoubleVector chain(boolean first, MemorySegment c, long offset) {
    return DoubleVector.broadcast(NARROW, first ? 0 : c.get(ValueLayout.JAVA_DOUBLE, offset));
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
    from = OffHeap.known(from);
    to = OffHeap.known(to);
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

  private static DoubleVector load(MemorySegment segment, long offset) {
    return DoubleVector.fromMemorySegment(SPECIES, segment, offset, ORDER);
  }
}
