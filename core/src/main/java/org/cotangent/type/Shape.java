package org.cotangent.type;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;

/**
 * The sizes of a tensor's axes, outermost first. Immutable; rank 0 is a scalar, size 0 is allowed,
 * and the number of elements always fits a {@code long}.
 */
public final class Shape {
  /** The shape of a scalar: rank 0, one element. */
  public static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dims;
  private final long size;

  private Shape(long[] dims, long size) {
    this.dims = dims;
    this.size = size;
  }

  /**
   * {@return the shape of these sizes}
   *
   * @param dims size of each axis, outermost first
   * @throws ShapeException if a size is negative or the number of elements overflows
   */
  public static Shape of(long... dims) {
    if (dims == null) {
      throw new ArgumentException("shape: the sizes are null; pass an array, empty for a scalar");
    }
    return new Shape(dims.clone(), product(dims));
  }

  private static long product(long[] dims) {
    long product = 1;
    boolean empty = false;
    for (long dim : dims) {
      if (dim < 0) {
        throw new ShapeException("shape: negative size " + dim + " in " + print(dims));
      }
      empty |= dim == 0;
    }
    if (empty) {
      return 0;
    }
    for (long dim : dims) {
      // Sizes in bytes must fit a long as well: the widest element has 8 bytes.
      if (product > (Long.MAX_VALUE >> 3) / dim) {
        throw new ShapeException("shape: too many elements in " + print(dims));
      }
      product *= dim;
    }
    return product;
  }

  /** {@return the number of axes} */
  public int rank() {
    return dims.length;
  }

  /** {@return the number of elements} */
  public long size() {
    return size;
  }

  /**
   * {@return the size of an axis}
   *
   * @param axis 0 to rank - 1
   * @throws ShapeException if there is no such axis
   */
  public long dim(int axis) {
    requireAxis("dim", axis, rank());
    return dims[axis];
  }

  /** An axis that counts from 0, one of so many. */
  private void requireAxis(String op, int axis, int count) {
    if (axis < 0 || axis >= count) {
      throw new ShapeException(
          op
              + ": axis "
              + axis
              + " is out of range for shape "
              + this
              + " of rank "
              + rank()
              + "; axes count from 0 here");
    }
  }

  /** {@return the sizes, a fresh array} */
  public long[] dims() {
    return dims.clone();
  }

  /**
   * {@return the axis with negative numbers counted from the end, as in NumPy}
   *
   * @param op the op on whose behalf, for the message
   * @param axis -rank to rank - 1
   * @throws ShapeException if there is no such axis
   */
  public int axis(String op, int axis) {
    int rank = rank();
    if (axis < -rank || axis >= rank) {
      throw new ShapeException(
          op + ": axis " + axis + " is out of range for shape " + this + " of rank " + rank);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /**
   * {@return the axes, each counted from the start, in ascending order}
   *
   * @param op the op on whose behalf, for the message
   * @param axes -rank to rank - 1, none twice
   * @throws ShapeException if there is no such axis or one is repeated
   */
  public int[] axes(String op, int... axes) {
    if (axes == null) {
      throw new ArgumentException(op + ": the axes are null; pass none for all axes");
    }
    int[] result = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      result[i] = axis(op, axes[i]);
    }
    Arrays.sort(result);
    for (int i = 1; i < result.length; i++) {
      if (result[i] == result[i - 1]) {
        throw new ShapeException(
            op + ": axis " + result[i] + " is repeated in " + Arrays.toString(axes));
      }
    }
    return result;
  }

  /**
   * {@return the shape both broadcast to by NumPy's rule: aligned at the last axis, sizes equal or
   * one of them 1}
   *
   * @param op the op on whose behalf, for the message
   * @param other the other shape
   * @throws ShapeException if the two do not broadcast
   */
  public Shape broadcast(String op, Shape other) {
    if (equals(other)) {
      return this;
    }
    int rank = Math.max(rank(), other.rank());
    long[] result = new long[rank];
    for (int back = 1; back <= rank; back++) {
      long mine = back <= rank() ? dims[rank() - back] : 1;
      long its = back <= other.rank() ? other.dims[other.rank() - back] : 1;
      if (mine != its && mine != 1 && its != 1) {
        throw new ShapeException(
            op
                + ": shapes "
                + this
                + " and "
                + other
                + " do not broadcast: "
                + mine
                + " != "
                + its
                + " at axis -"
                + back
                + "; reshape one, or insert an axis of size 1");
      }
      result[rank - back] = mine == 1 ? its : mine;
    }
    return Shape.of(result);
  }

  /**
   * {@return this shape without some axes}
   *
   * @param axes ascending, from {@link #axes}
   * @param keepDims whether they stay with size 1 instead
   * @throws ShapeException if there is no such axis, or they do not ascend
   */
  public Shape without(int[] axes, boolean keepDims) {
    for (int i = 0; i < axes.length; i++) {
      requireAxis("without", axes[i], rank());
      if (i > 0 && axes[i] <= axes[i - 1]) {
        throw new ShapeException(
            "without: axes " + Arrays.toString(axes) + " do not ascend; take them from axes(...)");
      }
    }
    long[] result = new long[keepDims ? rank() : rank() - axes.length];
    int next = 0;
    int skipped = 0;
    for (int axis = 0; axis < rank(); axis++) {
      if (skipped < axes.length && axes[skipped] == axis) {
        skipped++;
        if (keepDims) {
          result[next++] = 1;
        }
      } else {
        result[next++] = dims[axis];
      }
    }
    return Shape.of(result);
  }

  /**
   * {@return the sizes of this and then those of another}
   *
   * @param other the inner axes
   */
  public Shape concat(Shape other) {
    long[] longer = Arrays.copyOf(dims, dims.length + other.dims.length);
    System.arraycopy(other.dims, 0, longer, dims.length, other.dims.length);
    return of(longer);
  }

  /**
   * {@return the shape with one more axis}
   *
   * @param axis where the new axis is, 0 to rank
   * @param dim its size
   * @throws ShapeException if there is no such place
   */
  public Shape insert(int axis, long dim) {
    requireAxis("insert", axis, rank() + 1);
    long[] longer = new long[dims.length + 1];
    System.arraycopy(dims, 0, longer, 0, axis);
    longer[axis] = dim;
    System.arraycopy(dims, axis, longer, axis + 1, dims.length - axis);
    return of(longer);
  }

  /**
   * {@return this shape with one size replaced}
   *
   * @param axis 0 to rank - 1
   * @param dim the new size
   * @throws ShapeException if there is no such axis
   */
  public Shape with(int axis, long dim) {
    requireAxis("with", axis, rank());
    long[] result = dims.clone();
    result[axis] = dim;
    return Shape.of(result);
  }

  /** {@return strides in elements of a contiguous row-major array of this shape} */
  public long[] strides() {
    long[] strides = new long[rank()];
    long stride = 1;
    for (int axis = rank() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, dims[axis]);
    }
    return strides;
  }

  /**
   * {@return the index of an element on each axis, a fresh array}
   *
   * @param position of the element in row-major order, 0 to size - 1
   * @throws ShapeException if there is no such element
   */
  public long[] index(long position) {
    if (position < 0 || position >= size) {
      throw new ShapeException(
          "index: there is no element "
              + position
              + " in shape "
              + this
              + "; they count from 0 to "
              + (size - 1));
    }
    long[] index = new long[dims.length];
    long rest = position;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      index[axis] = rest % dims[axis];
      rest /= dims[axis];
    }
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** {@return the shape as Python prints a tuple: {@code ()}, {@code (3,)}, {@code (2, 3)}} */
  @Override
  public String toString() {
    return print(dims);
  }

  private static String print(long[] dims) {
    return Arrays.stream(dims)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", dims.length == 1 ? ",)" : ")"));
  }
}
