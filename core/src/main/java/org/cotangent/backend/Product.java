package org.cotangent.backend;

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
public record Product(
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
   * @param operand where it lies
   * @param batch stride of the batch, in elements, as are all strides
   * @param index stride of the axis that is not contracted
   * @param depth stride of the contracted axis
   */
  public record Side(Operand operand, long batch, long index, long depth) {
    /** {@return whether neighbours in memory are neighbours in depth, as far as there are any} */
    public boolean isDepthInner() {
      return index != 1 && (depth == 1 || Math.abs(depth) < Math.abs(index));
    }

    private Side only(boolean batches, boolean indices, boolean depths) {
      return new Side(operand, batches ? batch : 0, indices ? index : 0, depths ? depth : 0);
    }
  }

  /**
   * {@return the product of a kernel}
   *
   * @param kernel whose operands are of one dtype, summed in that in which it is computed
   * @param binding whose kernels multiply, for the message, as in {@code CUDA}
   * @throws DeviceException if the dtypes differ
   */
  public static Product of(ContractionKernel kernel, String binding) {
    DType dtype = kernel.left().dtype();
    if (kernel.right().dtype() != dtype || kernel.accumulator() != dtype.arithmetic()) {
      throw new DeviceException(
          "%s: %s multiplies and sums in one dtype, not %s by %s in %s; cast both first"
              .formatted(
                  kernel.origin(), binding, dtype, kernel.right().dtype(), kernel.accumulator()));
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
    return new Side(operand, layout.stride(0), layout.stride(index), layout.stride(depth));
  }

  /** {@return the same product with rows and columns in each other's role} */
  public Product swap() {
    return new Product(dtype, batch, columns, rows, depth, right, left, !swapped);
  }

  /** {@return the same product, with strides of 0 along axes of one index} */
  public Product withoutIdleStrides() {
    return new Product(
        dtype,
        batch,
        rows,
        columns,
        depth,
        left.only(batch > 1, rows > 1, depth > 1),
        right.only(batch > 1, columns > 1, depth > 1),
        swapped);
  }

  /** {@return the number of elements of the result} */
  public long size() {
    return batch * rows * columns;
  }
}
