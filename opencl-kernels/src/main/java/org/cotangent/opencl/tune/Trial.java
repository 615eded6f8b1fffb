package org.cotangent.opencl.tune;

import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Origin;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

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

  /** {@return the product, of buffers 0, 1 and 2} */
  ContractionKernel kernel() {
    return new ContractionKernel(
        "matmul",
        Origin.UNKNOWN,
        dtype,
        new Operand(0, dtype, Layout.contiguous(Shape.of(1, rows, depth))),
        new Operand(1, dtype, Layout.contiguous(Shape.of(1, depth, columns))),
        new Operand(2, dtype, Layout.contiguous(Shape.of(1, rows, columns))));
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
