package org.cotangent.type;

import java.util.Arrays;
import java.util.Optional;
import org.cotangent.error.ShapeException;

/**
 * An affine map from indices to positions in a buffer: element {@code (i, j, ...)} lies at {@code
 * offset + i * strides[0] + j * strides[1] + ...}, counted in elements. Views only ever change
 * layouts; data stays where it is.
 */
public final class Layout {
  private final Shape shape;
  private final long[] strides;
  private final long offset;

  private Layout(Shape shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
  }

  /**
   * {@return the layout of a contiguous row-major array}
   *
   * @param shape its shape
   */
  public static Layout contiguous(Shape shape) {
    return new Layout(shape, shape.strides(), 0);
  }

  /**
   * {@return a layout}
   *
   * @param shape sizes of the axes
   * @param strides of each axis, in elements; 0 and negative are allowed
   * @param offset of the first element, in elements
   */
  public static Layout of(Shape shape, long[] strides, long offset) {
    return new Layout(shape, strides.clone(), offset);
  }

  /** {@return sizes of the axes} */
  public Shape shape() {
    return shape;
  }

  /** {@return position of the first element} */
  public long offset() {
    return offset;
  }

  /**
   * {@return stride of an axis, in elements}
   *
   * @param axis 0 to rank - 1
   */
  public long stride(int axis) {
    shape.dim(axis);
    return strides[axis];
  }

  /** {@return the strides, a fresh array} */
  public long[] strides() {
    return strides.clone();
  }

  /** {@return the number of elements a buffer must have to hold all positions} */
  public long extent() {
    if (shape.size() == 0) {
      return 0;
    }
    long last = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      last += Math.max(0, strides[axis]) * (shape.dim(axis) - 1);
    }
    return last + 1;
  }

  /** {@return the smallest position of an element; the offset if there are none} */
  public long first() {
    long first = offset;
    for (int axis = 0; axis < strides.length && shape.size() > 0; axis++) {
      first += Math.min(0, strides[axis]) * (shape.dim(axis) - 1);
    }
    return first;
  }

  /**
   * {@return the layout of the same elements in a buffer that starts later}
   *
   * @param elements how many it starts later
   */
  public Layout from(long elements) {
    return elements == 0 ? this : new Layout(shape, strides, offset - elements);
  }

  /** {@return whether the elements lie in row-major order without gaps, at any offset} */
  public boolean isContiguous() {
    if (shape.size() == 0) {
      return true;
    }
    long expected = 1;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      if (shape.dim(axis) != 1) {
        if (strides[axis] != expected) {
          return false;
        }
        expected *= shape.dim(axis);
      }
    }
    return true;
  }

  /**
   * {@return the layout with its axes in another order}
   *
   * @param permutation axis {@code i} of the result is axis {@code permutation[i]} of this
   */
  public Layout transpose(int[] permutation) {
    long[] dims = new long[permutation.length];
    long[] result = new long[permutation.length];
    for (int i = 0; i < permutation.length; i++) {
      dims[i] = shape.dim(permutation[i]);
      result[i] = strides[permutation[i]];
    }
    return new Layout(Shape.of(dims), result, offset);
  }

  /**
   * {@return the layout broadcast by NumPy's rule: new axes in front, axes of size 1 repeated}
   *
   * @param target a shape that this one broadcasts to
   * @throws ShapeException if it does not
   */
  public Layout broadcast(Shape target) {
    int added = target.rank() - shape.rank();
    if (added < 0) {
      throw new ShapeException(
          "broadcast: " + shape + " has more axes than " + target + "; take a target of as many");
    }
    long[] result = new long[target.rank()];
    for (int axis = 0; axis < shape.rank(); axis++) {
      result[axis + added] =
          shape.dim(axis) == 1 && target.dim(axis + added) != 1 ? 0 : strides[axis];
    }
    return new Layout(target, result, offset);
  }

  /**
   * {@return the layout of some elements of each axis, at equal distances}
   *
   * @param starts first index of each axis
   * @param steps distance on each axis, not 0
   * @param sizes number of elements taken on each axis
   * @throws ShapeException if there is not one of each for every axis
   */
  public Layout slice(long[] starts, long[] steps, long[] sizes) {
    int rank = strides.length;
    if (starts.length != rank || steps.length != rank || sizes.length != rank) {
      throw new ShapeException(
          "slice: %d starts, %d steps and %d sizes for %s; pass one of each for every axis"
              .formatted(starts.length, steps.length, sizes.length, shape));
    }
    Shape sliced = Shape.of(sizes);
    long first = offset;
    long[] result = new long[strides.length];
    for (int axis = 0; axis < strides.length; axis++) {
      first += starts[axis] * strides[axis];
      result[axis] = strides[axis] * steps[axis];
    }
    // Nothing has no first element; where it would be may lie beyond the buffer.
    return new Layout(sliced, result, sliced.size() == 0 ? 0 : first);
  }

  /**
   * {@return the layout under another shape of the same size, or empty where no affine map does it}
   *
   * @param target the new shape
   * @throws ShapeException if it has another number of elements
   */
  public Optional<Layout> reshape(Shape target) {
    if (target.size() != shape.size()) {
      throw new ShapeException(
          "reshape: %s has %d elements and %s has %d; take a shape of as many"
              .formatted(shape, shape.size(), target, target.size()));
    }
    if (shape.size() == 0) {
      return Optional.of(new Layout(target, target.strides(), offset));
    }
    Layout packed = withoutUnitAxes();
    int axis = 0;
    long[] result = new long[target.rank()];
    int next = 0;
    while (next < target.rank()) {
      if (target.dim(next) == 1) {
        result[next++] = 0;
        continue;
      }
      // One run of old axes against one run of new axes with the same product.
      int firstNew = next;
      int firstOld = axis;
      long newSize = target.dim(next++);
      long oldSize = packed.shape.dim(axis++);
      while (newSize != oldSize) {
        if (newSize < oldSize) {
          newSize *= target.dim(next++);
        } else {
          oldSize *= packed.shape.dim(axis++);
        }
      }
      for (int k = firstOld; k + 1 < axis; k++) {
        if (packed.strides[k] != packed.strides[k + 1] * packed.shape.dim(k + 1)) {
          return Optional.empty();
        }
      }
      long stride = packed.strides[axis - 1];
      for (int k = next - 1; k >= firstNew; k--) {
        result[k] = stride;
        stride *= target.dim(k);
      }
    }
    return Optional.of(new Layout(target, result, offset));
  }

  private Layout withoutUnitAxes() {
    int[] kept = new int[shape.rank()];
    int count = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dim(axis) != 1) {
        kept[count++] = axis;
      }
    }
    return transpose(Arrays.copyOf(kept, count));
  }

  /**
   * {@return the position of an element}
   *
   * @param linear its index in row-major order of the shape
   */
  public long position(long linear) {
    long position = offset;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      long dim = shape.dim(axis);
      position += linear % dim * strides[axis];
      linear /= dim;
    }
    return position;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout layout
        && offset == layout.offset
        && shape.equals(layout.shape)
        && Arrays.equals(strides, layout.strides);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * shape.hashCode() + Arrays.hashCode(strides)) + Long.hashCode(offset);
  }

  /** {@return the strides and offset, as in {@code [4, 1]+0}} */
  @Override
  public String toString() {
    return Arrays.toString(strides) + "+" + offset;
  }
}
