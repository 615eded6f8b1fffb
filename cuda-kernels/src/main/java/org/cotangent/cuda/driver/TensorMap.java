package org.cotangent.cuda.driver;

import java.util.List;
import org.cotangent.type.DType;

/**
 * How a tensor lies in the memory of a GPU whose copies are to find boxes of it: what
 * cuTensorMapEncodeTiled is told, but for the address. Along the innermost axis elements lie beside
 * each other. In shared memory the 16 bytes of each row of 128 are swizzled; what lies beyond the
 * ends is 0. Elements of float32 become tf32 as they are copied: float32 whose fraction has 10
 * bits.
 *
 * @param dtype float16, bfloat16 or float32
 * @param sizes of the axes, the innermost first; 1 to 2^32
 * @param strides in bytes, of all axes but the innermost; multiples of 16 below 2^40
 * @param box elements of a box along each axis; 1 to 256, and along the innermost at most 128 bytes
 */
public record TensorMap(DType dtype, List<Long> sizes, List<Long> strides, List<Integer> box) {
  /** Of a map. */
  public static final int BYTES = 128;

  /** Of where a map lies. */
  public static final int ALIGNMENT = 64;

  /** Of the first element, and of strides. */
  public static final int ELEMENT_ALIGNMENT = 16;

  /** Copies the lists. */
  public TensorMap {
    sizes = List.copyOf(sizes);
    strides = List.copyOf(strides);
    box = List.copyOf(box);
  }
}
