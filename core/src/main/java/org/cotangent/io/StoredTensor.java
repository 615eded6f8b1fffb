package org.cotangent.io;

import org.cotangent.type.Shape;

/**
 * One tensor, as the header of a safetensors file describes it.
 *
 * @param dtype of its elements
 * @param shape of the tensor
 * @param begin its first byte, counted from the first byte of data
 * @param end the byte behind its last
 */
record StoredTensor(StoredDType dtype, Shape shape, long begin, long end) {
  /** {@return dtype and shape as in {@code F32(2, 3)}} */
  @Override
  public String toString() {
    return dtype.name() + shape;
  }
}
