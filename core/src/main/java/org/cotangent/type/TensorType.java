package org.cotangent.type;

import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;

/**
 * What is known of a tensor before it is computed.
 *
 * @param dtype of each element
 * @param shape sizes of the axes
 */
public record TensorType(DType dtype, Shape shape) {

  /**
   * Checks that both are there.
   *
   * @throws ArgumentException if one is null
   */
  public TensorType {
    if (dtype == null || shape == null) {
      throw new ArgumentException(
          "tensor type: dtype " + dtype + " of shape " + shape + "; pass both");
    }
  }

  /** {@return the bytes of a contiguous tensor of this type} */
  public long bytes() {
    return shape.size() * dtype.bytes();
  }

  /**
   * {@return the type with another shape}
   *
   * @param other the shape
   */
  public TensorType with(Shape other) {
    return new TensorType(dtype, other);
  }

  /**
   * {@return the type with another dtype}
   *
   * @param other the dtype
   */
  public TensorType with(DType other) {
    return new TensorType(other, shape);
  }

  /**
   * {@return the number of elements as an array length}
   *
   * @param op the op on whose behalf, for the message
   * @throws ShapeException if a Java array cannot hold so many
   */
  public int length(String op) {
    if (shape.size() > Integer.MAX_VALUE - 8) {
      throw new ShapeException(
          op + ": " + this + " has too many elements for a Java array; slice it first");
    }
    return (int) shape.size();
  }

  /** {@return dtype and shape, as in {@code float32(128, 784)}} */
  @Override
  public String toString() {
    return dtype.toString() + shape;
  }
}
