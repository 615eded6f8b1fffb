package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import org.cotangent.error.ArgumentException;

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

  /** Refuses segments of other classes, one of which would spoil the profile for all. */
  static void check(String operand, MemorySegment segment) {
    if (!segment.isNative() || segment.isMapped()) {
      String kind = segment.isNative() ? "a mapped file" : "heap memory";
      throw new ArgumentException(
          "matmul: " + operand + " is " + kind + "; copy it to off-heap memory first");
    }
  }
}
