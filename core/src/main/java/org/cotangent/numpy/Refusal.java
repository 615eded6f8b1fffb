package org.cotangent.numpy;

import java.util.function.LongUnaryOperator;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Makes the error of an element that a dtype does not hold.
 *
 * @param op on whose behalf
 * @param array that has the element
 * @param place in the array of each element that is converted, in the order in which they lie
 * @param to the dtype
 */
record Refusal(String op, Form array, LongUnaryOperator place, DType to) {
  /**
   * {@return the error}
   *
   * @param position of the element among those that are converted
   * @param value of the element
   * @param why it is refused
   * @param wider a dtype that may hold it
   * @param purpose of a cast
   */
  DTypeException of(long position, String value, String why, String wider, String purpose) {
    return new DTypeException(
        "%s: %s to %s: element %s = %s %s; ask for %s, or use cast(%s) %s"
            .formatted(
                op,
                array.dtype().element(),
                to,
                index(place.applyAsLong(position)),
                value,
                why,
                wider,
                to,
                purpose));
  }

  /** {@return the index of an element as Python prints it} */
  private String index(long position) {
    Shape shape = array.shape();
    long[] index = new long[shape.rank()];
    for (int i = 0; i < index.length; i++) {
      int axis = array.order() == Order.FORTRAN ? i : index.length - 1 - i;
      index[axis] = position % shape.dim(axis);
      position /= shape.dim(axis);
    }
    return Shape.of(index).toString();
  }
}
