package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classes of memory segments. HotSpot compiles an access for the classes that are loaded, and
 * throws away all such code when one more is: seconds of a run then pass in the interpreter. So all
 * are loaded before anything is compiled.
 */
final class SegmentClasses {
  private SegmentClasses() {}

  /** Loads them; what is loaded already is not loaded again. */
  static void load() {
    int _ =
        MemorySegment.ofArray(new byte[0]).asReadOnly().hashCode()
            + MemorySegment.ofArray(new char[0]).hashCode()
            + MemorySegment.ofArray(new short[0]).hashCode()
            + MemorySegment.ofArray(new int[0]).hashCode()
            + MemorySegment.ofArray(new long[0]).hashCode()
            + MemorySegment.ofArray(new float[0]).hashCode()
            + MemorySegment.ofArray(new double[0]).hashCode()
            + Arena.ofAuto().allocate(1).hashCode()
            + Arena.global().hashCode();
    try (Arena confined = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      int _ = confined.allocate(1).hashCode() + shared.allocate(1).hashCode();
    }
    try {
      // Of mapped files; it is public nowhere, and where its name is another, it is loaded later.
      Class<?> _ = Class.forName("jdk.internal.foreign.MappedMemorySegmentImpl");
    } catch (ClassNotFoundException e) {
      return;
    }
  }
}
