package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.cotangent.type.Shape;

/**
 * Copies between Fortran and C order. The two differ by the reversal of all axes; the first and the
 * last, which are contiguous on one side each, are walked in square tiles, each copied into an
 * array and out again: both sides use the whole of each cache line while they have it, even where
 * strides are powers of two and all lines of a tile fall into one set of the cache.
 */
final class Reorder {
  /** A row of a tile is 32 bytes to 4 lines; the array of 8 KiB stays in the first-level cache. */
  private static final int TILE = 32;

  private Reorder() {}

  /**
   * {@return whether both orders are the same}
   *
   * @param shape any
   */
  static boolean isSame(Shape shape) {
    return shape.size() == 0 || longAxes(shape).length < 2;
  }

  private static long[] longAxes(Shape shape) {
    return Arrays.stream(shape.dims()).filter(dim -> dim != 1).toArray();
  }

  /**
   * Copies elements that lie in C order into Fortran order.
   *
   * @param from the source
   * @param to the destination, as large
   * @param shape of the array
   * @param bytes of an element: 1, 2, 4 or 8
   */
  static void cToFortran(MemorySegment from, MemorySegment to, Shape shape, int bytes) {
    long[] dims = shape.dims();
    long[] reversed = new long[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      reversed[axis] = dims[dims.length - 1 - axis];
    }
    // C order of a shape is Fortran order of the reversed shape, and the other way round.
    fortranToC(from, to, Shape.of(reversed), bytes);
  }

  /**
   * Copies elements that lie in Fortran order into C order.
   *
   * @param from the source
   * @param to the destination, as large
   * @param shape of the array
   * @param bytes of an element: 1, 2, 4 or 8
   */
  static void fortranToC(MemorySegment from, MemorySegment to, Shape shape, int bytes) {
    if (isSame(shape)) {
      MemorySegment.copy(from, 0, to, 0, from.byteSize());
      return;
    }
    long[] dims = longAxes(shape);
    int last = dims.length - 1;
    long[] toStrides = Shape.of(dims).strides();
    long[] fromStrides = new long[dims.length];
    fromStrides[0] = 1;
    for (int axis = 1; axis < dims.length; axis++) {
      fromStrides[axis] = fromStrides[axis - 1] * dims[axis - 1];
    }
    long[] tile = new long[TILE * TILE];
    long[] index = new long[dims.length];
    long fromBase = 0;
    long toBase = 0;
    while (true) {
      Plane plane =
          new Plane(
              from, to, fromBase, toBase, dims[0], dims[last], fromStrides[last], toStrides[0]);
      plane.copy(bytes, tile);
      int axis = last - 1;
      // An odometer over the axes between the first and the last.
      while (axis > 0 && index[axis] == dims[axis] - 1) {
        fromBase -= index[axis] * fromStrides[axis];
        toBase -= index[axis] * toStrides[axis];
        index[axis--] = 0;
      }
      if (axis <= 0) {
        return;
      }
      index[axis]++;
      fromBase += fromStrides[axis];
      toBase += toStrides[axis];
    }
  }

  /**
   * Rows and columns at one index of the axes between: element {@code (i, j)} lies at {@code
   * fromBase + i + j * fromStride} and goes to {@code toBase + i * toStride + j}.
   */
  private record Plane(
      MemorySegment from,
      MemorySegment to,
      long fromBase,
      long toBase,
      long rows,
      long columns,
      long fromStride,
      long toStride) {

    private void copy(int bytes, long[] tile) {
      for (long row = 0; row < rows; row += TILE) {
        for (long column = 0; column < columns; column += TILE) {
          int height = (int) Math.min(TILE, rows - row);
          int width = (int) Math.min(TILE, columns - column);
          long source = fromBase + row + column * fromStride;
          long target = toBase + row * toStride + column;
          switch (bytes) {
            case 1 -> bytes(source, target, height, width, tile);
            case 2 -> shorts(source, target, height, width, tile);
            case 4 -> ints(source, target, height, width, tile);
            case 8 -> longs(source, target, height, width, tile);
            default -> throw new AssertionError(bytes);
          }
        }
      }
    }

    private void shorts(long source, long target, int height, int width, long[] tile) {
      for (int j = 0; j < width; j++) {
        for (int i = 0; i < height; i++) {
          tile[j * TILE + i] =
              from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (source + j * fromStride + i));
        }
      }
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
          to.set(
              ValueLayout.JAVA_SHORT_UNALIGNED,
              2 * (target + i * toStride + j),
              (short) tile[j * TILE + i]);
        }
      }
    }

    private void bytes(long source, long target, int height, int width, long[] tile) {
      for (int j = 0; j < width; j++) {
        for (int i = 0; i < height; i++) {
          tile[j * TILE + i] = from.get(ValueLayout.JAVA_BYTE, source + j * fromStride + i);
        }
      }
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
          to.set(ValueLayout.JAVA_BYTE, target + i * toStride + j, (byte) tile[j * TILE + i]);
        }
      }
    }

    private void ints(long source, long target, int height, int width, long[] tile) {
      for (int j = 0; j < width; j++) {
        for (int i = 0; i < height; i++) {
          tile[j * TILE + i] =
              from.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * (source + j * fromStride + i));
        }
      }
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
          to.set(
              ValueLayout.JAVA_INT_UNALIGNED,
              4 * (target + i * toStride + j),
              (int) tile[j * TILE + i]);
        }
      }
    }

    private void longs(long source, long target, int height, int width, long[] tile) {
      for (int j = 0; j < width; j++) {
        for (int i = 0; i < height; i++) {
          tile[j * TILE + i] =
              from.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * (source + j * fromStride + i));
        }
      }
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
          to.set(
              ValueLayout.JAVA_LONG_UNALIGNED, 8 * (target + i * toStride + j), tile[j * TILE + i]);
        }
      }
    }
  }
}
