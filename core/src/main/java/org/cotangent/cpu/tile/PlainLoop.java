package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop of the plain twin: a {@link Template} that is copied for each cell it applies. */
final class PlainLoop implements TileFunction {
  private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
  private static final Cell CELL = DATA.cell();
  private static final long A = DATA.a();
  private static final long B = DATA.b();
  private static final long C = DATA.c();
  private static final long D = DATA.d();

  PlainLoop() {}

  /** Computes one element. */
  @FunctionalInterface
  interface Cell {
    void compute(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to);
  }

  /** What is computed, and the distances in bytes from one element to the next. */
  record Data(Cell cell, long a, long b, long c, long d) {}

  @Override
  public void apply(
      MemorySegment a,
      long ao,
      MemorySegment b,
      long bo,
      MemorySegment c,
      long co,
      MemorySegment d,
      long to,
      int count) {
    for (int i = 0; i < count; i++) {
      CELL.compute(a, ao + A * i, b, bo + B * i, c, co + C * i, d, to + D * i);
    }
  }
}
