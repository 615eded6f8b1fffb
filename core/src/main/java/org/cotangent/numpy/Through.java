package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;

/**
 * The way of elements from memory to memory, a block at a time: into an array, made into others,
 * and out of an array.
 *
 * @param in how elements lie in memory
 * @param source the array they are loaded into
 * @param out how elements are stored, in the machine's byte order
 * @param target the array they are stored from; may be the source
 * @param step from source to target
 */
record Through(ValueLayout in, Object source, Carrier out, Object target, Step step) {

  /** Makes elements of the target from those of the source. */
  @FunctionalInterface
  interface Step {
    /**
     * Does it.
     *
     * @param count how many
     * @param position of one of them among all elements of the array, in the order of the source
     */
    void convert(int count, LongUnaryOperator position);
  }

  /**
   * {@return the way of elements whose bits stay}
   *
   * @param carrier of their size
   * @param order of their bytes in memory
   * @param block how many at a time
   */
  static Through bits(Carrier carrier, ByteOrder order, int block) {
    Object array = carrier.array(block);
    return new Through(carrier.layout(order), array, carrier, array, (_, _) -> {});
  }

  /**
   * {@return the way of truth values: any byte but 0 becomes 1}
   *
   * @param block how many at a time
   */
  static Through bools(int block) {
    byte[] array = new byte[block];
    Step step =
        (count, _) -> {
          for (int i = 0; i < count; i++) {
            array[i] = (byte) (array[i] != 0 ? 1 : 0);
          }
        };
    return new Through(ValueLayout.JAVA_BYTE, array, Carrier.BYTE, array, step);
  }

  /**
   * Goes it with elements in the order in which they lie.
   *
   * @param from the source
   * @param to the destination, with as many elements
   * @param size how many
   * @param block how many at a time; the arrays have as many
   */
  void straight(MemorySegment from, MemorySegment to, long size, int block) {
    for (long first = 0; first < size; first += block) {
      int count = (int) Math.min(block, size - first);
      load(from, first, 0, count);
      long start = first;
      step.convert(count, k -> start + k);
      out.store(target, 0, to, first, count);
    }
  }

  void load(MemorySegment from, long element, int at, int count) {
    MemorySegment.copy(from, in, element * in.byteSize(), source, at, count);
  }
}
