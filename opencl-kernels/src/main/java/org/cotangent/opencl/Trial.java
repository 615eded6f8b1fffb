package org.cotangent.opencl;

import java.util.List;
import org.cotangent.type.DType;

/**
 * A product that stands for a class of products.
 *
 * @param sizes the class's name in a tuning table
 * @param dtype of the operands
 * @param rows of the result
 * @param depth of the product
 * @param columns of the result
 */
record Trial(String sizes, DType dtype, long rows, long depth, long columns) {
  /**
   * {@return one product for each class}
   *
   * @param dtype of the operands
   */
  static List<Trial> of(DType dtype) {
    return List.of(
        new Trial("row", dtype, 1, 1024, 1024),
        new Trial("column", dtype, 1024, 1024, 1),
        new Trial("small", dtype, 128, 512, 256),
        new Trial("medium", dtype, 512, 512, 512),
        new Trial("large", dtype, 1536, 1536, 1536));
  }

  /** {@return floating-point operations} */
  double operations() {
    return 2.0 * rows * depth * columns;
  }

  @Override
  public String toString() {
    return "%s %s (%d, %d) x (%d, %d)".formatted(dtype, sizes, rows, depth, depth, columns);
  }
}
