package org.cotangent.numpy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongUnaryOperator;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * Copies of some rows: of the elements that share an index of the first axis. In C order a row lies
 * in one piece, and rows that follow each other are copied at once; in Fortran order so are the
 * elements of a column, one row's being apart. Memory is looked at by copies alone, as {@link
 * Mapping#reading} asks.
 */
final class Rows {
  private Rows() {}

  /** Rows that follow each other: {@code count} from {@code row} on, which go to {@code at}. */
  @FunctionalInterface
  private interface Run {
    void take(long at, long row, long count);
  }

  private static void runs(long count, LongUnaryOperator rows, Run run) {
    long at = 0;
    while (at < count) {
      long row = rows.applyAsLong(at);
      long length = 1;
      while (at + length < count && rows.applyAsLong(at + length) == row + length) {
        length++;
      }
      run.take(at, row, length);
      at += length;
    }
  }

  /**
   * {@return the number of rows}
   *
   * @param op the op on whose behalf, for the message
   * @param array of rank 1 or more
   * @throws ShapeException if it is a scalar
   * @throws org.cotangent.error.ClosedException if its memory is closed
   */
  static long count(String op, NumPyArray array) {
    Require.readable(op, array.data());
    if (array.shape().rank() == 0) {
      throw new ShapeException(
          op + ": " + array + " is a scalar and has no rows; use toHost for its value");
    }
    return array.shape().dim(0);
  }

  /** Rows are numbered from 0; none is counted from the end. */
  static void requireInside(String op, NumPyArray array, long... rows) {
    long count = count(op, array);
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] < 0 || rows[i] >= count) {
        throw new IndexException(
            op
                + ": index "
                + rows[i]
                + " at position "
                + i
                + " is out of range for the "
                + count
                + " rows of "
                + array);
      }
    }
  }

  /** {@return a copy of rows that are there, in the array's dtype and in C order} */
  static NumPyArray copy(String op, NumPyArray array, long count, LongUnaryOperator rows) {
    Shape shape = array.shape().with(0, count);
    MemorySegment copy = NpyReader.allocate(shape.size() * array.dtype().bytes(), op);
    Mapping.reading(array.data(), () -> gather(array, count, rows, copy));
    return new NumPyArray(array.dtype(), shape, Order.C, copy.asReadOnly());
  }

  /** Copies rows into an array of the caller's and converts them, see {@link NumPyArray#toHost}. */
  static void convert(NumPyArray array, long[] rows, HostArray target) {
    DType to = target.type().dtype();
    Conversion.requireChecked("toHost", array.dtype().element(), to);
    requireInside("toHost", array, rows);
    Shape shape = array.shape().with(0, rows.length);
    if (!target.type().shape().equals(shape)) {
      throw new ShapeException(
          "toHost: "
              + rows.length
              + " rows of "
              + array
              + " have shape "
              + shape
              + ", the target is "
              + target.type()
              + "; pass one of that shape");
    }
    Require.writable("toHost", target.data());
    if (Conversion.isPlain(array.dtype(), to)) {
      Mapping.reading(
          array.data(), () -> gather(array, rows.length, at -> rows[(int) at], target.data()));
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      long bytes = shape.size() * array.dtype().bytes();
      MemorySegment copy = arena.allocate(bytes, 64);
      Mapping.reading(array.data(), () -> gather(array, rows.length, at -> rows[(int) at], copy));
      // An element that does not fit is named by its place in the whole, here in C order.
      Form whole = new Form(array.dtype(), array.shape(), Order.C);
      long width = rows.length == 0 ? 1 : shape.size() / rows.length;
      Conversion.checked(whole, at -> rows[(int) (at / width)] * width + at % width, copy, target);
    }
  }

  /** Rows in C order, bit by bit. */
  private static MemorySegment gather(
      NumPyArray array, long count, LongUnaryOperator rows, MemorySegment target) {
    Shape shape = array.shape().with(0, count);
    if (shape.size() == 0) {
      return target;
    }
    MemorySegment data = array.data();
    int bytes = array.dtype().bytes();
    long width = shape.size() / count;
    if (array.form().isStraight()) {
      long stride = width * bytes;
      runs(
          count,
          rows,
          (at, row, length) ->
              MemorySegment.copy(data, row * stride, target, at * stride, length * stride));
      return target;
    }
    long height = array.shape().dim(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment columns = arena.allocate(target.byteSize(), 64);
      for (long column = 0; column < width; column++) {
        long from = column * height;
        long to = column * count;
        runs(
            count,
            rows,
            (at, row, length) ->
                MemorySegment.copy(
                    data, (from + row) * bytes, columns, (to + at) * bytes, length * bytes));
      }
      Reorder.fortranToC(columns, target, shape, bytes);
    }
    return target;
  }
}
