package org.cotangent.op;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;

/**
 * One row at a time in its order: keys that compare as integers, and positions, by insertion where
 * the row is short, else by a radix sort from the lowest byte. Both are stable.
 */
final class SortedRow {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  /** Up to here fewer steps than counting bytes takes. */
  private static final int SHORT = 64;

  private final MemorySegment data;
  private final DType dtype;
  private final boolean descending;
  private final int length;
  private final int[] counts = new int[256];
  private long[] keys;
  private int[] positions;
  private long[] otherKeys;
  private int[] otherPositions;
  private long first;
  private long stride;

  SortedRow(HostArray x, int length, boolean descending) {
    this.data = x.data();
    this.dtype = x.type().dtype();
    this.length = length;
    this.descending = descending;
    keys = new long[length];
    positions = new int[length];
    int other = length <= SHORT ? 0 : length;
    otherKeys = new long[other];
    otherPositions = new int[other];
  }

  /** Sorts the elements from {@code first} on, in steps of {@code stride}. */
  void sort(long first, long stride) {
    this.first = first;
    this.stride = stride;
    for (int i = 0; i < length; i++) {
      long key = key(first + i * stride);
      keys[i] = descending ? ~key : key;
      positions[i] = i;
    }
    if (length <= SHORT) {
      insert();
    } else {
      for (int shift = 0; shift < Byte.SIZE * dtype.bytes(); shift += Byte.SIZE) {
        countAndMove(shift);
      }
    }
  }

  /** An integer that compares with others as the elements do. */
  private long key(long at) {
    return switch (dtype) {
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, at);
      case INT32 -> data.get(INT, at * Integer.BYTES);
      case INT64 -> data.get(LONG, at * Long.BYTES);
      case FLOAT32 -> {
        int bits = data.get(INT, at * Float.BYTES);
        int magnitude = bits & Integer.MAX_VALUE;
        boolean isNaN = magnitude > Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
        yield isNaN ? Integer.MAX_VALUE : bits < 0 ? -magnitude : magnitude;
      }
      case FLOAT64 -> {
        long bits = data.get(LONG, at * Double.BYTES);
        long magnitude = bits & Long.MAX_VALUE;
        boolean isNaN = magnitude > Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);
        yield isNaN ? Long.MAX_VALUE : bits < 0 ? -magnitude : magnitude;
      }
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 ->
          throw new IllegalStateException(dtype + " is widened before");
    };
  }

  private void insert() {
    for (int i = 1; i < length; i++) {
      long key = keys[i];
      int position = positions[i];
      int to = i;
      for (; to > 0 && keys[to - 1] > key; to--) {
        keys[to] = keys[to - 1];
        positions[to] = positions[to - 1];
      }
      keys[to] = key;
      positions[to] = position;
    }
  }

  /** Orders by one byte of the keys; what is equal in it stays in its order. */
  private void countAndMove(int shift) {
    // Of the highest byte the sign counts the other way round.
    int sign = shift == Byte.SIZE * (dtype.bytes() - 1) ? 0x80 : 0;
    Arrays.fill(counts, 0);
    for (int i = 0; i < length; i++) {
      counts[digit(keys[i], shift, sign)]++;
    }
    if (counts[digit(keys[0], shift, sign)] == length) {
      return;
    }
    int next = 0;
    for (int digit = 0; digit < counts.length; digit++) {
      int count = counts[digit];
      counts[digit] = next;
      next += count;
    }
    for (int i = 0; i < length; i++) {
      int to = counts[digit(keys[i], shift, sign)]++;
      otherKeys[to] = keys[i];
      otherPositions[to] = positions[i];
    }
    long[] sortedKeys = otherKeys;
    otherKeys = keys;
    keys = sortedKeys;
    int[] sortedPositions = otherPositions;
    otherPositions = positions;
    positions = sortedPositions;
  }

  private static int digit(long key, int shift, int sign) {
    return ((int) (key >>> shift) & 0xFF) ^ sign;
  }

  /** Writes the elements in their order to the places they have in the input. */
  void putValues(HostArray target) {
    MemorySegment to = target.data();
    for (int i = 0; i < length; i++) {
      long source = first + positions[i] * stride;
      long place = first + i * stride;
      // By their bits: what a NaN carries stays.
      switch (dtype.bytes()) {
        case Byte.BYTES ->
            to.set(ValueLayout.JAVA_BYTE, place, data.get(ValueLayout.JAVA_BYTE, source));
        case Integer.BYTES ->
            to.set(INT, place * Integer.BYTES, data.get(INT, source * Integer.BYTES));
        default -> to.set(LONG, place * Long.BYTES, data.get(LONG, source * Long.BYTES));
      }
    }
  }

  /** Writes where the elements were. */
  void putPositions(HostArray target) {
    for (int i = 0; i < length; i++) {
      target.data().set(LONG, (first + i * stride) * Long.BYTES, positions[i]);
    }
  }
}
