package org.cotangent.cuda.ptx;

import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * A batched matrix product, (batch, rows, depth) x (batch, depth, columns), by its sizes and where
 * its operands lie.
 *
 * @param dtype of both operands
 * @param batch number of products
 * @param rows of each
 * @param columns of each
 * @param depth number of products that make an element
 * @param left operand; its index is the row
 * @param right operand; its index is the column
 * @param swapped whether rows are called columns and columns rows
 */
record Product(
    DType dtype,
    long batch,
    long rows,
    long columns,
    long depth,
    Side left,
    Side right,
    boolean swapped) {

  /**
   * An operand.
   *
   * @param memory where it starts
   * @param batch stride of the batch, in elements, as are all strides; 0 along an axis of one index
   * @param index stride of the axis that is not contracted
   * @param depth stride of the contracted axis
   */
  record Side(Argument.Memory memory, long batch, long index, long depth) {
    /** {@return whether neighbours in memory are neighbours in depth, as far as there are any} */
    boolean isDepthInner() {
      return index != 1 && (depth == 1 || Math.abs(depth) < Math.abs(index));
    }
  }

  /**
   * {@return the product of a kernel}
   *
   * @throws DeviceException if the operands are not of one dtype, or are summed in another one than
   *     they are computed in
   */
  static Product of(ContractionKernel kernel) {
    DType dtype = kernel.left().dtype();
    if (kernel.right().dtype() != dtype || kernel.accumulator() != dtype.arithmetic()) {
      throw new DeviceException(
          "%s: CUDA multiplies and sums in one dtype, not %s by %s in %s; cast both first"
              .formatted(kernel.origin(), dtype, kernel.right().dtype(), kernel.accumulator()));
    }
    Shape left = kernel.left().layout().shape();
    Shape right = kernel.right().layout().shape();
    return new Product(
        dtype,
        left.dim(0),
        left.dim(1),
        right.dim(2),
        left.dim(2),
        side(kernel.left(), 1, 2),
        side(kernel.right(), 2, 1),
        false);
  }

  private static Side side(Operand operand, int index, int depth) {
    Layout layout = operand.layout();
    return new Side(
        Argument.Memory.of(operand),
        stride(layout, 0),
        stride(layout, index),
        stride(layout, depth));
  }

  /** A step that is never taken is no reason to load element by element. */
  private static long stride(Layout layout, int axis) {
    return layout.shape().dim(axis) == 1 ? 0 : layout.stride(axis);
  }

  /** {@return the same product with rows and columns in each other's role} */
  Product swap() {
    return new Product(dtype, batch, columns, rows, depth, right, left, !swapped);
  }

  /** {@return the number of elements of the result} */
  long size() {
    return batch * rows * columns;
  }
}
