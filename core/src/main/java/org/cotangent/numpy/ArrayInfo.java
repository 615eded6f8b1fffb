package org.cotangent.numpy;

import java.util.Optional;
import org.cotangent.error.DTypeException;
import org.cotangent.type.Shape;

/**
 * What a header says of an array, also of one whose dtype is not read.
 *
 * @param descr the dtype as the header has it, as in {@code <f4}
 * @param shape of the array
 * @param order of its elements
 */
public record ArrayInfo(String descr, Shape shape, Order order) {
  /** Checks that all are there. */
  public ArrayInfo {
    Require.nonNull("info", "the descr", descr);
    Require.nonNull("info", "the shape", shape);
    Require.nonNull("info", "the order", order);
  }

  /** {@return the dtype, or empty if arrays of it are not read} */
  public Optional<NumPyDType> dtype() {
    try {
      return Optional.of(NumPyDType.parse(descr));
    } catch (DTypeException e) {
      return Optional.empty();
    }
  }

  /** {@return dtype, shape and order, as in {@code >f8(360, 64) in Fortran order}} */
  @Override
  public String toString() {
    return descr + shape + (order == Order.FORTRAN ? " in Fortran order" : "");
  }
}
