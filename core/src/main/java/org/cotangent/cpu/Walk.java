package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.cotangent.cpu.tile.Tiles;
import org.cotangent.type.Layout;
import org.cotangent.type.MappedPages;

/**
 * A layout prepared for visiting its elements in row-major order: axes of size 1 are dropped and
 * neighbours that continue each other are merged, so that consecutive indices are few runs, each
 * with one stride. All distances are in bytes. Immutable.
 */
final class Walk {
  private static final Run LOAD =
      new Run() {
        @Override
        public void move(
            MemorySegment memory,
            long at,
            long stride,
            int width,
            MemorySegment tile,
            long to,
            int count) {
          Tiles.gather(memory, at, stride, width, tile, to, count);
        }

        @Override
        public void moveRows(
            MemorySegment memory,
            long at,
            long row,
            int rows,
            long stride,
            int width,
            MemorySegment tile,
            long to,
            int tileWidth,
            int count) {
          Tiles.gatherRows(memory, at, row, rows, stride, width, tile, to, count);
        }
      };
  private static final Run STORE =
      (memory, at, stride, width, tile, to, count) ->
          Tiles.scatter(tile, to, width, memory, at, stride, count);
  private static final Run COPIED =
      (memory, at, stride, width, tile, to, count) -> {
        if (stride == width) {
          MemorySegment.copy(memory, at, tile, to, (long) width * count);
          return;
        }
        for (int i = 0; i < count; i++) {
          MemorySegment.copy(memory, at + stride * i, tile, to + (long) width * i, width);
        }
      };
  private static final Run ADDRESSES =
      (memory, at, stride, width, tile, to, count) -> progression(tile, to, at, stride, count);

  private final int width;
  private final long start;

  /** At least one axis; the last is the innermost. */
  private final long[] dims;

  private final long[] strides;

  /** See {@link #period()}: asked for at each tile. */
  private final long period;

  private Walk(int width, long start, long[] dims, long[] strides) {
    this.width = width;
    this.start = start;
    this.dims = dims;
    this.strides = strides;
    this.period = strides[0] == 0 ? Arrays.stream(dims).skip(1).reduce(1, (a, b) -> a * b) : 0;
  }

  /** What is done with elements that lie one stride apart. */
  @FunctionalInterface
  private interface Run {
    void move(
        MemorySegment memory,
        long at,
        long stride,
        int width,
        MemorySegment tile,
        long to,
        int count);

    /** The same with some rows of so many elements, which lie one after the other in the tile. */
    default void moveRows(
        MemorySegment memory,
        long at,
        long row,
        int rows,
        long stride,
        int width,
        MemorySegment tile,
        long to,
        int tileWidth,
        int count) {
      for (int i = 0; i < rows; i++) {
        move(memory, at + i * row, stride, width, tile, to + (long) i * count * tileWidth, count);
      }
    }
  }

  /**
   * {@return a layout's walk}
   *
   * @param layout in elements
   * @param width bytes of an element; 1 to walk over the layout's positions themselves
   */
  static Walk of(Layout layout, int width) {
    int rank = layout.shape().rank();
    long[] dims = new long[rank];
    long[] strides = new long[rank];
    int axes = 0;
    for (int axis = 0; axis < rank; axis++) {
      long dim = layout.shape().dim(axis);
      long stride = layout.stride(axis) * width;
      if (dim == 1) {
        continue;
      }
      if (axes > 0 && strides[axes - 1] == stride * dim) {
        dims[axes - 1] *= dim;
        strides[axes - 1] = stride;
      } else {
        dims[axes] = dim;
        strides[axes++] = stride;
      }
    }
    long start = layout.offset() * width;
    return axes == 0
        ? new Walk(width, start, new long[] {1}, new long[] {width})
        : new Walk(width, start, Arrays.copyOf(dims, axes), Arrays.copyOf(strides, axes));
  }

  /** {@return whether the elements lie one behind the other} */
  boolean isContiguous() {
    return dims.length == 1 && strides[0] == width;
  }

  /** {@return after how many indices the same elements come again, or 0 if they never do} */
  long period() {
    return period;
  }

  /** {@return bytes of an element} */
  int width() {
    return width;
  }

  /**
   * {@return whether elements are one and the same between two multiples of a number}
   *
   * @param row the number
   */
  boolean isRepeated(long row) {
    int last = dims.length - 1;
    return strides[last] == 0 && (last == 0 || (row > 0 && dims[last] % row == 0));
  }

  /**
   * {@return whether elements follow each other in memory between two multiples of a number}
   *
   * @param row the number
   */
  boolean isStraight(long row) {
    int last = dims.length - 1;
    return strides[last] == width && (last == 0 || (row > 0 && dims[last] % row == 0));
  }

  /**
   * {@return whether all rows are equally far from each other, see {@link #step}}
   *
   * @param row elements of a row
   */
  boolean isEven(long row) {
    return dims.length == 1 || (dims.length == 2 && dims[1] == row);
  }

  /**
   * {@return bytes from a row to the next, if they are {@link #isEven}}
   *
   * @param row elements of a row
   */
  long step(long row) {
    return dims.length == 1 ? row * strides[0] : strides[0];
  }

  /**
   * {@return whether some elements follow each other in memory}
   *
   * @param first index of the first
   * @param count how many
   */
  boolean isRun(long first, int count) {
    int last = dims.length - 1;
    return strides[last] == width && first % dims[last] + count <= dims[last];
  }

  /** {@return how many elements, from a multiple of as many on, lie one stride apart} */
  long inner() {
    return dims[dims.length - 1];
  }

  /** {@return about how much longer an element takes than one of a contiguous tile} */
  double detour() {
    if (isContiguous()) {
      return 0;
    }
    long stride = Math.abs(strides[dims.length - 1]);
    double strided = stride == width || stride == 0 ? 1 : 6;
    return strided + 30.0 / dims[dims.length - 1];
  }

  /**
   * {@return where an element lies}
   *
   * @param index row-major
   */
  long address(long index) {
    return rowAddress(index, dims.length);
  }

  /** {@return where the axes before {@code axes} lead, for an index over these} */
  private long rowAddress(long index, int axes) {
    long address = start;
    for (int axis = axes - 1; axis > 0; axis--) {
      long outer = index / dims[axis];
      address += (index - outer * dims[axis]) * strides[axis];
      index = outer;
    }
    return axes == 0 ? address : address + index * strides[0];
  }

  /**
   * Copies elements to a contiguous tile.
   *
   * @param memory where they lie
   * @param base added to every address
   * @param first index of the first
   * @param count how many
   * @param tile destination
   * @param to where in the tile
   */
  void load(MemorySegment memory, long base, long first, int count, MemorySegment tile, long to) {
    walk(LOAD, memory, base, first, count, tile, to, width);
  }

  /** The same from memory that only copies may look at, see {@link MappedPages}. */
  void loadForeign(
      MemorySegment memory, long base, long first, int count, MemorySegment tile, long to) {
    walk(COPIED, memory, base, first, count, tile, to, width);
  }

  /**
   * Copies a contiguous tile to the elements.
   *
   * @param memory where they lie
   * @param base added to every address
   * @param first index of the first
   * @param count how many
   * @param tile source
   * @param from where in the tile
   */
  void store(
      MemorySegment memory, long base, long first, int count, MemorySegment tile, long from) {
    walk(STORE, memory, base, first, count, tile, from, width);
  }

  /**
   * Writes the addresses themselves, as int64.
   *
   * @param base added to every address
   * @param first index of the first
   * @param count how many
   * @param tile destination
   * @param to where in the tile
   */
  void addresses(long base, long first, int count, MemorySegment tile, long to) {
    walk(ADDRESSES, tile, base, first, count, tile, to, Long.BYTES);
  }

  private void walk(
      Run run,
      MemorySegment memory,
      long base,
      long first,
      int count,
      MemorySegment tile,
      long to,
      int tileWidth) {
    int last = dims.length - 1;
    long inner = dims[last];
    long stride = strides[last];
    long row = first / inner;
    long column = first - row * inner;
    long at = base + rowAddress(row, last);
    // Rows of the second axis are one stride apart; only where it wraps are divisions needed.
    long rows = last == 0 ? 1 : dims[last - 1];
    long rowsLeft = rows - row % rows;
    while (true) {
      long whole = column == 0 && last > 0 ? Math.min(rowsLeft, count / inner) : 0;
      if (whole > 1) {
        run.moveRows(
            memory,
            at,
            strides[last - 1],
            (int) whole,
            stride,
            width,
            tile,
            to,
            tileWidth,
            (int) inner);
      } else {
        whole = 1;
        int length = (int) Math.min(inner - column, count);
        run.move(memory, at + column * stride, stride, width, tile, to, length);
      }
      long moved = Math.min(whole * inner - column, count);
      count -= (int) moved;
      if (count == 0) {
        return;
      }
      to += moved * tileWidth;
      column = 0;
      row += whole;
      rowsLeft -= whole;
      if (rowsLeft > 0) {
        at += whole * strides[last - 1];
      } else {
        at = base + rowAddress(row, last);
        rowsLeft = rows;
      }
    }
  }

  private static void progression(MemorySegment tile, long to, long at, long stride, int count) {
    if (stride == 1) {
      Tiles.iota(tile, to, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      tile.set(ValueLayout.JAVA_LONG_UNALIGNED, to + 8L * i, at + stride * i);
    }
  }
}
