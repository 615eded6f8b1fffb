package org.cotangent.numpy;

import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * What an array is, wherever its elements are.
 *
 * @param dtype of the elements
 * @param shape of the array
 * @param order of the elements
 */
record Form(NumPyDType dtype, Shape shape, Order order) {

  /** {@return the bytes of the elements} */
  long bytes() {
    return shape.size() * dtype.bytes();
  }

  /** {@return whether elements lie as the engine has them} */
  boolean isStraight() {
    return order == Order.C || Reorder.isSame(shape);
  }

  /** {@return the engine's dtype of the same kind and size, see {@link NumPyArray#engineDType}} */
  DType engineDType(String op) {
    NumPyDType.Element element = dtype.element();
    if (element == NumPyDType.Element.VOID16) {
      throw new DTypeException(
          op
              + ": void16 ('V2') does not say what its two bytes mean; if they are bfloat16, as"
              + " ml_dtypes saves it, pass the dtype argument: bfloat16");
    }
    return element
        .engine()
        .orElseThrow(() ->
            new DTypeException(
                op
                    + ": the engine has no "
                    + element
                    + "; pass the dtype argument"
                    + " to convert: "
                    + element.nearest()
                    + " is the nearest"
                    + (element == NumPyDType.Element.UINT64
                        ? ", an error where a value is above 2^63 - 1"
                        : " and holds every value")));
  }

  /** {@return the pieces to convert it in, each of which lies in one piece} */
  Pieces pieces() {
    if (isStraight()) {
      return new Pieces(shape.size(), 1, Pieces.BYTES / dtype.bytes());
    }
    // Whole slabs, each of one index of the last axis: so many that a tile's rows are long.
    long[] dims = Reorder.longAxes(shape);
    long slabs = dims[dims.length - 1];
    long slab = shape.size() / slabs;
    long wanted = Math.max(Reorder.WIDTH, Pieces.BYTES / dtype.bytes() / slab);
    return new Pieces(slabs, slab, Math.min(wanted, slabs));
  }

  /** {@return dtype, shape and order, as in {@code >f8(360, 64) in Fortran order}} */
  @Override
  public String toString() {
    return dtype.toString() + shape + (order == Order.FORTRAN ? " in Fortran order" : "");
  }
}
