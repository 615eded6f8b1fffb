package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.type.DType;

/** An array in off-heap memory with sentinels around it, element by element. */
record Cells(DType dtype, int count, MemorySegment memory, long offset) {
  static final int[] COUNTS = {1, 7, 8, 13, 15, 16, 17, 31, 33, 207, 1023, 1024};
  private static final byte SENTINEL = 0x5a;
  private static final int MARGIN = 72;

  /** Aligned to the element and no more. */
  static Cells allocate(Arena arena, DType dtype, int count) {
    MemorySegment memory = arena.allocate(2 * MARGIN + (long) count * dtype.bytes(), 64);
    memory.fill(SENTINEL);
    return new Cells(dtype, count, memory, MARGIN);
  }

  static Cells of(Arena arena, DType dtype, List<Object> values) {
    Cells cells = allocate(arena, dtype, values.size());
    for (int i = 0; i < values.size(); i++) {
      cells.set(i, values.get(i));
    }
    return cells;
  }

  private void set(int i, Object value) {
    Tiles.fill(memory, offset + (long) i * dtype.bytes(), dtype, dtype.bits(value), 1);
  }

  Object get(int i) {
    long at = offset + (long) i * dtype.bytes();
    long bits =
        switch (dtype.bytes()) {
          case 1 -> memory.get(Tiles.BYTE, at);
          case 2 -> memory.get(Tiles.SHORT, at);
          case 4 -> memory.get(Tiles.INT, at);
          default -> memory.get(Tiles.LONG, at);
        };
    assertTrue(dtype != DType.BOOL || (bits & 1) == bits, "a bool is 0 or 1");
    return dtype.value(bits);
  }

  /** Compares all elements, any NaN with any NaN, and the sentinels. */
  void assertHolds(List<Object> expected, String what) {
    for (int i = 0; i < count; i++) {
      // Boxed floats are equal if they have the same bits or are NaN both.
      if (!expected.get(i).equals(get(i))) {
        fail(what + ": element " + i + ": " + get(i) + " instead of " + expected.get(i));
      }
    }
    for (long i = 0; i < memory.byteSize(); i++) {
      if (i < offset || i >= offset + (long) count * dtype.bytes()) {
        assertEquals(SENTINEL, memory.get(Tiles.BYTE, i), what + ": byte " + (i - offset));
      }
    }
  }

  static List<Object> specials(DType dtype) {
    return switch (dtype) {
      case FLOAT32 ->
          Stream.of(
                  Float.NaN,
                  0f,
                  Float.MIN_VALUE,
                  Float.MIN_NORMAL,
                  0.49999997f,
                  0.5f,
                  1f,
                  1.5f,
                  2.5f,
                  3.7f,
                  0x1p22f + 0.5f,
                  0x1p23f - 0.5f,
                  0x1p23f + 1,
                  0x1p24f - 1,
                  0x1p31f,
                  0x1p63f,
                  1e30f,
                  Float.MAX_VALUE,
                  Float.POSITIVE_INFINITY)
              .<Object>mapMulti((x, out) -> Stream.of(x, -x).forEach(out))
              .toList();
      case FLOAT64 ->
          Stream.of(
                  Double.NaN,
                  0d,
                  Double.MIN_VALUE,
                  Double.MIN_NORMAL,
                  0.49999999999999994,
                  0.5,
                  1d,
                  1.5,
                  2.5,
                  3.7,
                  0x1p51 + 0.5,
                  0x1p52 - 0.5,
                  0x1p53 - 1,
                  0x1p31 - 0.5,
                  0x1p31,
                  0x1p63,
                  0x1p128,
                  1e-46,
                  0x1.000001p0,
                  Double.MAX_VALUE,
                  Double.POSITIVE_INFINITY)
              .<Object>mapMulti((x, out) -> Stream.of(x, -x).forEach(out))
              .toList();
      case INT32 ->
          List.of(
              0,
              1,
              -1,
              2,
              -3,
              7,
              31,
              32,
              33,
              46341,
              0x1000001,
              Integer.MAX_VALUE,
              Integer.MIN_VALUE,
              Integer.MIN_VALUE + 1);
      case INT64 ->
          List.of(
              0L,
              1L,
              -1L,
              2L,
              -3L,
              31L,
              63L,
              64L,
              65L,
              3037000500L,
              1L << 32,
              (1L << 53) + 1,
              (1L << 24) + 1,
              Long.MAX_VALUE,
              Long.MIN_VALUE,
              Long.MIN_VALUE + 1);
      case BOOL -> List.of(false, true);
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 ->
          Stream.of(0, 1, 0x7c00, 0x7f80, 0x7fff, 0x80, 0x7f, 0x3ff, 0x8000, 0xffff)
              .map(bits -> dtype.value((long) bits))
              .toList();
    };
  }

  static Object random(DType dtype, Random random) {
    List<Object> specials = specials(dtype);
    if (random.nextInt(4) == 0) {
      return specials.get(random.nextInt(specials.size()));
    }
    return switch (dtype) {
      case FLOAT32 ->
          random.nextBoolean()
              ? (float) random.nextGaussian() * 10
              : Float.intBitsToFloat(random.nextInt());
      case FLOAT64 ->
          random.nextBoolean()
              ? random.nextGaussian() * 10
              : Double.longBitsToDouble(random.nextLong());
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> dtype.value(random.nextInt());
      case INT32 -> random.nextBoolean() ? random.nextInt() : random.nextInt(-100, 100);
      case INT64 -> random.nextBoolean() ? random.nextLong() : random.nextLong(-100, 100);
      case BOOL -> random.nextBoolean();
    };
  }

  static List<Object> random(DType dtype, int count, Random random) {
    List<Object> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(random(dtype, random));
    }
    return values;
  }
}
