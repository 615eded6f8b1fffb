package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.cotangent.type.Shape;

/**
 * Copies between Fortran and C order. The first axes of an array are contiguous in Fortran order,
 * the last in C order: as many of either as fill a tile make the rows and columns of a matrix, and
 * this matrix, at each index of the axes between, is walked in tiles. A tile is copied in, column
 * by column, transposed in the cache, and copied out row by row: both sides use the whole of each
 * cache line while they have it, even where strides are powers of two and all lines of a tile fall
 * into one set of the cache.
 *
 * <p>What is hard on the machine are not the bytes but the pages. Tiles go down the columns, whose
 * pages so stay known to the processor; a tile wider than it is high meets fewer new ones.
 */
final class Reorder {
  private static final int HEIGHT = 64;

  /** Columns of a tile: rows of the target are written in pieces of so many elements. */
  static final int WIDTH = 128;

  /** Where elements of eight bytes would not stay in the second-level cache. */
  private static final int NARROW = 64;

  private Reorder() {}

  /**
   * {@return whether both orders are the same}
   *
   * @param shape any
   */
  static boolean isSame(Shape shape) {
    return shape.size() == 0 || longAxes(shape).length < 2;
  }

  /** {@return the sizes of the axes that are not of size 1} */
  static long[] longAxes(Shape shape) {
    return Arrays.stream(shape.dims()).filter(dim -> dim != 1).toArray();
  }

  /** {@return the elements of the largest tile of an array} */
  static int tile(Shape shape) {
    return (int) Math.min(HEIGHT * WIDTH, shape.size());
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
    Through through = Through.bits(Carrier.ofBytes(bytes), ByteOrder.nativeOrder(), tile(shape));
    if (isSame(shape)) {
      through.straight(from, to, shape.size(), tile(shape));
    } else {
      long[] dims = longAxes(shape);
      fortranToC(from, to, shape, 0, dims[dims.length - 1], through);
    }
  }

  /**
   * Copies elements that lie in Fortran order into C order, and makes something else of them on the
   * way: of some slabs, each of which has one index of the last axis that is not of size 1.
   *
   * @param from the elements of the slabs
   * @param to the destination of the whole array
   * @param shape of the whole array, of two such axes or more
   * @param first slab
   * @param count of slabs
   * @param through what becomes of a tile; its arrays have {@link #tile} elements
   */
  static void fortranToC(
      MemorySegment from, MemorySegment to, Shape shape, long first, long count, Through through) {
    new Walk(longAxes(shape), first, count, from, to, tile(shape), through).run();
  }

  /** The tiles of some slabs of an array. */
  private static final class Walk {
    private final long[] dims;
    private final long[] fromStrides;
    private final long[] toStrides;

    /** Axes before it make the rows. */
    private final int lead;

    /** Axes from it on make the columns. */
    private final int trail;

    private final MemorySegment from;
    private final MemorySegment to;

    /** Where the first slab begins in the destination. */
    private final long start;

    private final Through through;
    private final Object transposed;
    private final int widest;

    /** Where the rows of a tile go and its columns come from. */
    private final long[] rowPlaces = new long[HEIGHT];

    private final long[] columnPlaces = new long[WIDTH];

    Walk(
        long[] sizes,
        long firstSlab,
        long slabs,
        MemorySegment from,
        MemorySegment to,
        int capacity,
        Through through) {
      this.dims = sizes.clone();
      this.from = from;
      this.to = to;
      this.start = firstSlab;
      this.through = through;
      this.transposed = through.out().array(capacity);
      this.widest = through.out().bytes() == Long.BYTES ? NARROW : WIDTH;
      this.toStrides = Shape.of(sizes).strides();
      dims[dims.length - 1] = slabs;
      this.fromStrides = new long[dims.length];
      long stride = 1;
      for (int axis = 0; axis < dims.length; axis++) {
        fromStrides[axis] = stride;
        stride *= dims[axis];
      }
      int first = 1;
      while (first < dims.length - 1 && product(0, first) < HEIGHT) {
        first++;
      }
      int last = dims.length - 1;
      // Of some slabs only those of one index before the last axis are contiguous in the target.
      boolean whole = slabs == sizes[last];
      while (whole && last > first && product(last, dims.length) < WIDTH) {
        last--;
      }
      this.lead = first;
      this.trail = last;
    }

    private long product(int axis, int end) {
      return Arrays.stream(dims, axis, end).reduce(1, (a, b) -> a * b);
    }

    void run() {
      long rows = product(0, lead);
      long columns = product(trail, dims.length);
      long planes = product(lead, trail);
      for (long plane = 0; plane < planes; plane++) {
        long source = place(plane, lead, trail, fromStrides);
        long target = start + place(plane, lead, trail, toStrides);
        for (long column = 0; column < columns; column += widest) {
          int width = (int) Math.min(widest, columns - column);
          for (int j = 0; j < width; j++) {
            columnPlaces[j] = source + columnPlace(column + j);
          }
          for (long row = 0; row < rows; row += HEIGHT) {
            int height = (int) Math.min(HEIGHT, rows - row);
            for (int i = 0; i < height; i++) {
              rowPlaces[i] = target + place(row + i, 0, lead, toStrides);
            }
            tile(row, column, height, width);
          }
        }
      }
    }

    /** Where an index of some axes lies, the first of which runs fastest. */
    private long place(long index, int axis, int end, long[] strides) {
      long place = 0;
      for (; axis < end; axis++) {
        place += index % dims[axis] * strides[axis];
        index /= dims[axis];
      }
      return place;
    }

    /** Where a column lies in the source; the last axis runs fastest. */
    private long columnPlace(long column) {
      long place = 0;
      for (int axis = dims.length - 1; axis >= trail; axis--) {
        place += column % dims[axis] * fromStrides[axis];
        column /= dims[axis];
      }
      return place;
    }

    private void tile(long row, long column, int height, int width) {
      for (int j = 0; j < width; ) {
        int run = run(columnPlaces, j, width, height);
        through.load(from, columnPlaces[j] + row, j * height, run * height);
        j += run;
      }
      through
          .step()
          .convert(height * width, k -> columnPlaces[(int) (k / height)] + row + k % height);
      Transpose.array(through.target(), transposed, height, width);
      for (int i = 0; i < height; ) {
        int run = run(rowPlaces, i, height, width);
        through.out().store(transposed, i * width, to, rowPlaces[i] + column, run * width);
        i += run;
      }
    }

    /** {@return how many lines of a length lie one right after the other, from one of them on} */
    private static int run(long[] places, int first, int count, int length) {
      int next = first + 1;
      while (next < count && places[next] == places[next - 1] + length) {
        next++;
      }
      return next - first;
    }
  }
}
