package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;

/**
 * Keeps access to memory fast whatever else the program does. HotSpot profiles the methods inside
 * the JDK that every access goes through; once any code has given them segments of several classes
 * (heap arrays, mapped files), it no longer knows the class anywhere, and vectors are boxed: a
 * kernel at a tenth of its speed. Kernels therefore take one class of segments and tell HotSpot so.
 */
final class OffHeap {
  private OffHeap() {}

  /**
   * {@return the segment} The cast, needless to Java, has a profile of its own, from which HotSpot
   * learns the segment's class in the method it inlines this into.
   */
  static MemorySegment known(Object segment) {
    return (MemorySegment) segment;
  }

  /**
   * {@return whether kernels may look at it: of that class, since one of another would spoil the
   * profile for all, and with its elements aligned}
   */
  static boolean isPlain(MemorySegment segment, int elementBytes) {
    return segment.isNative() && !segment.isMapped() && segment.address() % elementBytes == 0;
  }
}
