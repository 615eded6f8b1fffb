package org.cotangent.numpy;

import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Makes the error of an element that a dtype does not hold.
 *
 * @param op on whose behalf
 * @param array that has the element
 * @param first position in the array of what is converted, where that is a part of it
 * @param to the dtype
 */
record Refusal(String op, NumPyArray array, long first, DType to) {
  /**
   * {@return the error}
   *
   * @param position of the element from the first on, in the order in which they lie
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
                index(first + position),
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
