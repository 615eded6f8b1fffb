package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.type.DType;

/** Moves elements between strided memory and contiguous tiles, and fills tiles. */
public final class Tiles {
  // Unaligned layouts spare the alignment check; the machine's addresses are aligned anyway.
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private Tiles() {}

  /**
   * Copies one element.
   *
   * @param memory holds both
   * @param from where it is, in bytes
   * @param to where it goes, in bytes
   * @param width bytes of the element: 1, 2, 4 or 8
   */
  public static void copy(MemorySegment memory, long from, long to, int width) {
    switch (width) {
      case 8 -> memory.set(LONG, to, memory.get(LONG, from));
      case 4 -> memory.set(INT, to, memory.get(INT, from));
      case 2 -> memory.set(SHORT, to, memory.get(SHORT, from));
      default -> memory.set(BYTE, to, memory.get(BYTE, from));
    }
  }

  /**
   * Copies strided elements to a contiguous tile. Source and tile may not overlap, unless they are
   * the same and contiguous.
   *
   * @param from source
   * @param offset of the first element in the source, in bytes
   * @param stride bytes from one element to the next: 0 repeats one, negative walks backwards
   * @param width bytes of an element: 1, 2, 4 or 8
   * @param tile destination
   * @param to where in the tile, in bytes
   * @param count elements
   */
  public static void gather(
      MemorySegment from,
      long offset,
      long stride,
      int width,
      MemorySegment tile,
      long to,
      int count) {
    if (stride == width) {
      MemorySegment.copy(from, offset, tile, to, (long) width * count);
    } else if (stride == 0) {
      repeat(from, offset, width, tile, to, count);
    } else {
      move(from, offset, stride, width, tile, to, width, count);
    }
  }

  /**
   * Copies rows of strided elements, as {@link #gather} each, one after the other; rows may be
   * short.
   *
   * @param from source
   * @param offset of the first element in the source, in bytes
   * @param row bytes from one row to the next in the source
   * @param rows how many
   * @param stride bytes from one element of a row to the next
   * @param width bytes of an element: 1, 2, 4 or 8
   * @param tile destination
   * @param to where in the tile, in bytes
   * @param count elements of a row
   */
  public static void gatherRows(
      MemorySegment from,
      long offset,
      long row,
      int rows,
      long stride,
      int width,
      MemorySegment tile,
      long to,
      int count) {
    long bytes = (long) width * count;
    for (int i = 0; i < rows; i++) {
      if (stride == 0) {
        repeat(pattern(from, offset + i * row, width), width, tile, to + i * bytes, bytes);
      } else {
        gather(from, offset + i * row, stride, width, tile, to + i * bytes, count);
      }
    }
  }

  /** An element as often as it fits into eight bytes. */
  private static long pattern(MemorySegment from, long at, int width) {
    return switch (width) {
      case 8 -> from.get(LONG, at);
      case 4 -> Integer.toUnsignedLong(from.get(INT, at)) * 0x0000_0001_0000_0001L;
      case 2 -> Short.toUnsignedLong(from.get(SHORT, at)) * 0x0001_0001_0001_0001L;
      default -> Byte.toUnsignedLong(from.get(BYTE, at)) * 0x0101_0101_0101_0101L;
    };
  }

  private static void repeat(long pattern, int width, MemorySegment tile, long to, long bytes) {
    long at = to;
    long end = to + bytes;
    // Rows are short: what C2 makes of a plain loop needs many elements to pay.
    for (; at + 32 <= end; at += 32) {
      tile.set(LONG, at, pattern);
      tile.set(LONG, at + 8, pattern);
      tile.set(LONG, at + 16, pattern);
      tile.set(LONG, at + 24, pattern);
    }
    for (; at + 8 <= end; at += 8) {
      tile.set(LONG, at, pattern);
    }
    for (; at < end; at += width) {
      switch (width) {
        case 4 -> tile.set(INT, at, (int) pattern);
        case 2 -> tile.set(SHORT, at, (short) pattern);
        default -> tile.set(BYTE, at, (byte) pattern);
      }
    }
  }

  /**
   * Copies a contiguous tile to strided elements. Tile and destination may not overlap, unless they
   * are the same and contiguous.
   *
   * @param tile source
   * @param offset of the first element in the tile, in bytes
   * @param width bytes of an element: 1, 2, 4 or 8
   * @param to destination
   * @param first where in the destination the first element goes, in bytes
   * @param stride bytes from one element to the next in the destination, not 0
   * @param count elements
   */
  public static void scatter(
      MemorySegment tile,
      long offset,
      int width,
      MemorySegment to,
      long first,
      long stride,
      int count) {
    if (stride == width) {
      MemorySegment.copy(tile, offset, to, first, (long) width * count);
    } else {
      move(tile, offset, width, width, to, first, stride, count);
    }
  }

  /**
   * Writes int64 {@code start, start + 1, ...}, which wraps.
   *
   * @param tile destination
   * @param to where in the tile, in bytes
   * @param start the first value
   * @param count elements
   */
  public static void iota(MemorySegment tile, long to, long start, int count) {
    for (int i = 0; i < count; i++) {
      tile.set(LONG, to + 8L * i, start + i);
    }
  }

  /**
   * Writes one value {@code count} times.
   *
   * @param tile destination
   * @param to where in the tile, in bytes
   * @param dtype of the value
   * @param bits the value as {@link DType#bits} has it
   * @param count elements
   */
  public static void fill(MemorySegment tile, long to, DType dtype, long bits, int count) {
    switch (dtype.bytes()) {
      case 1 -> tile.asSlice(to, count).fill((byte) bits);
      case 2 -> fillShorts(tile, to, (short) bits, count);
      case 4 -> fillInts(tile, to, (int) bits, count);
      default -> fillLongs(tile, to, bits, count);
    }
  }

  /**
   * Writes an operand that has one value, see {@link TileOps#SPLAT_BYTES}.
   *
   * @param to where, in bytes
   * @param bits the value as {@link DType#bits} has it
   */
  static void splat(MemorySegment segment, long to, DType dtype, long bits) {
    fill(segment, to, dtype, bits, TileOps.SPLAT_BYTES / dtype.bytes());
  }

  /**
   * Writes one element {@link TileOps#SPLAT_BYTES} full.
   *
   * @param from holds it; may be where it goes
   * @param offset where it is, in bytes
   * @param width bytes of the element: 1, 2, 4 or 8
   * @param tile destination
   * @param to where in the tile, in bytes
   */
  public static void splat(
      MemorySegment from, long offset, int width, MemorySegment tile, long to) {
    repeat(from, offset, width, tile, to, TileOps.SPLAT_BYTES / width);
  }

  private static void repeat(
      MemorySegment from, long offset, int width, MemorySegment tile, long to, int count) {
    switch (width) {
      case 1 -> tile.asSlice(to, count).fill(from.get(BYTE, offset));
      case 2 -> fillShorts(tile, to, from.get(SHORT, offset), count);
      case 4 -> fillInts(tile, to, from.get(INT, offset), count);
      default -> fillLongs(tile, to, from.get(LONG, offset), count);
    }
  }

  private static void fillShorts(MemorySegment tile, long to, short value, int count) {
    for (int i = 0; i < count; i++) {
      tile.set(SHORT, to + 2L * i, value);
    }
  }

  private static void fillInts(MemorySegment tile, long to, int value, int count) {
    for (int i = 0; i < count; i++) {
      tile.set(INT, to + 4L * i, value);
    }
  }

  private static void fillLongs(MemorySegment tile, long to, long value, int count) {
    for (int i = 0; i < count; i++) {
      tile.set(LONG, to + 8L * i, value);
    }
  }

  private static void move(
      MemorySegment from,
      long offset,
      long stride,
      int width,
      MemorySegment to,
      long first,
      long step,
      int count) {
    switch (width) {
      case 1 -> moveBytes(from, offset, stride, to, first, step, count);
      case 2 -> moveShorts(from, offset, stride, to, first, step, count);
      case 4 -> moveInts(from, offset, stride, to, first, step, count);
      default -> moveLongs(from, offset, stride, to, first, step, count);
    }
  }

  private static void moveBytes(
      MemorySegment from,
      long offset,
      long stride,
      MemorySegment to,
      long first,
      long step,
      int count) {
    for (int i = 0; i < count; i++) {
      to.set(BYTE, first + step * i, from.get(BYTE, offset + stride * i));
    }
  }

  private static void moveShorts(
      MemorySegment from,
      long offset,
      long stride,
      MemorySegment to,
      long first,
      long step,
      int count) {
    for (int i = 0; i < count; i++) {
      to.set(SHORT, first + step * i, from.get(SHORT, offset + stride * i));
    }
  }

  private static void moveInts(
      MemorySegment from,
      long offset,
      long stride,
      MemorySegment to,
      long first,
      long step,
      int count) {
    for (int i = 0; i < count; i++) {
      to.set(INT, first + step * i, from.get(INT, offset + stride * i));
    }
  }

  private static void moveLongs(
      MemorySegment from,
      long offset,
      long stride,
      MemorySegment to,
      long first,
      long step,
      int count) {
    for (int i = 0; i < count; i++) {
      to.set(LONG, first + step * i, from.get(LONG, offset + stride * i));
    }
  }
}
