package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Copies of matrices between any strides, in bytes, bit by bit: four-byte elements travel as int,
 * eight-byte elements as long.
 */
final class Strided {
  private Strided() {}

  /**
   * Copies {@code lanes x length} elements. Eight lanes go side by side: whichever of the two
   * directions is adjacent in memory, cache lines are used whole.
   */
  static void copy(
      int elementBytes,
      MemorySegment from,
      long offset,
      long lane,
      long step,
      MemorySegment to,
      long toOffset,
      long toLane,
      long toStep,
      int lanes,
      int length) {
    boolean rows = step == elementBytes && toStep == elementBytes;
    int l = 0;
    if (!rows) {
      for (; l + 8 <= lanes; l += 8) {
        long source = offset + l * lane;
        long target = toOffset + l * toLane;
        if (elementBytes == Integer.BYTES) {
          eightInts(from, source, lane, step, to, target, toLane, toStep, length);
        } else {
          eightLongs(from, source, lane, step, to, target, toLane, toStep, length);
        }
      }
    }
    for (; l < lanes; l++) {
      long source = offset + l * lane;
      long target = toOffset + l * toLane;
      if (rows) {
        MemorySegment.copy(from, source, to, target, (long) length * elementBytes);
      } else if (elementBytes == Integer.BYTES) {
        ints(from, source, step, to, target, toStep, length);
      } else {
        longs(from, source, step, to, target, toStep, length);
      }
    }
  }

  private static void ints(
      MemorySegment from,
      long source,
      long step,
      MemorySegment to,
      long target,
      long toStep,
      int length) {
    from = OffHeap.known(from);
    to = OffHeap.known(to);
    for (int i = 0; i < length; i++) {
      to.set(
          ValueLayout.JAVA_INT,
          target + i * toStep,
          from.get(ValueLayout.JAVA_INT, source + i * step));
    }
  }

  private static void eightInts(
      MemorySegment from,
      long f0,
      long lane,
      long step,
      MemorySegment to,
      long t0,
      long toLane,
      long toStep,
      int length) {
    from = OffHeap.known(from);
    to = OffHeap.known(to);
    long f1 = f0 + lane;
    long f2 = f1 + lane;
    long f3 = f2 + lane;
    long f4 = f3 + lane;
    long f5 = f4 + lane;
    long f6 = f5 + lane;
    long f7 = f6 + lane;
    long t1 = t0 + toLane;
    long t2 = t1 + toLane;
    long t3 = t2 + toLane;
    long t4 = t3 + toLane;
    long t5 = t4 + toLane;
    long t6 = t5 + toLane;
    long t7 = t6 + toLane;
    for (int i = 0; i < length; i++) {
      long f = i * step;
      long t = i * toStep;
      int v0 = from.get(ValueLayout.JAVA_INT, f0 + f);
      int v1 = from.get(ValueLayout.JAVA_INT, f1 + f);
      int v2 = from.get(ValueLayout.JAVA_INT, f2 + f);
      int v3 = from.get(ValueLayout.JAVA_INT, f3 + f);
      int v4 = from.get(ValueLayout.JAVA_INT, f4 + f);
      int v5 = from.get(ValueLayout.JAVA_INT, f5 + f);
      int v6 = from.get(ValueLayout.JAVA_INT, f6 + f);
      int v7 = from.get(ValueLayout.JAVA_INT, f7 + f);
      to.set(ValueLayout.JAVA_INT, t0 + t, v0);
      to.set(ValueLayout.JAVA_INT, t1 + t, v1);
      to.set(ValueLayout.JAVA_INT, t2 + t, v2);
      to.set(ValueLayout.JAVA_INT, t3 + t, v3);
      to.set(ValueLayout.JAVA_INT, t4 + t, v4);
      to.set(ValueLayout.JAVA_INT, t5 + t, v5);
      to.set(ValueLayout.JAVA_INT, t6 + t, v6);
      to.set(ValueLayout.JAVA_INT, t7 + t, v7);
    }
  }

  private static void longs(
      MemorySegment from,
      long source,
      long step,
      MemorySegment to,
      long target,
      long toStep,
      int length) {
    from = OffHeap.known(from);
    to = OffHeap.known(to);
    for (int i = 0; i < length; i++) {
      to.set(
          ValueLayout.JAVA_LONG,
          target + i * toStep,
          from.get(ValueLayout.JAVA_LONG, source + i * step));
    }
  }

  private static void eightLongs(
      MemorySegment from,
      long f0,
      long lane,
      long step,
      MemorySegment to,
      long t0,
      long toLane,
      long toStep,
      int length) {
    from = OffHeap.known(from);
    to = OffHeap.known(to);
    long f1 = f0 + lane;
    long f2 = f1 + lane;
    long f3 = f2 + lane;
    long f4 = f3 + lane;
    long f5 = f4 + lane;
    long f6 = f5 + lane;
    long f7 = f6 + lane;
    long t1 = t0 + toLane;
    long t2 = t1 + toLane;
    long t3 = t2 + toLane;
    long t4 = t3 + toLane;
    long t5 = t4 + toLane;
    long t6 = t5 + toLane;
    long t7 = t6 + toLane;
    for (int i = 0; i < length; i++) {
      long f = i * step;
      long t = i * toStep;
      long v0 = from.get(ValueLayout.JAVA_LONG, f0 + f);
      long v1 = from.get(ValueLayout.JAVA_LONG, f1 + f);
      long v2 = from.get(ValueLayout.JAVA_LONG, f2 + f);
      long v3 = from.get(ValueLayout.JAVA_LONG, f3 + f);
      long v4 = from.get(ValueLayout.JAVA_LONG, f4 + f);
      long v5 = from.get(ValueLayout.JAVA_LONG, f5 + f);
      long v6 = from.get(ValueLayout.JAVA_LONG, f6 + f);
      long v7 = from.get(ValueLayout.JAVA_LONG, f7 + f);
      to.set(ValueLayout.JAVA_LONG, t0 + t, v0);
      to.set(ValueLayout.JAVA_LONG, t1 + t, v1);
      to.set(ValueLayout.JAVA_LONG, t2 + t, v2);
      to.set(ValueLayout.JAVA_LONG, t3 + t, v3);
      to.set(ValueLayout.JAVA_LONG, t4 + t, v4);
      to.set(ValueLayout.JAVA_LONG, t5 + t, v5);
      to.set(ValueLayout.JAVA_LONG, t6 + t, v6);
      to.set(ValueLayout.JAVA_LONG, t7 + t, v7);
    }
  }
}
