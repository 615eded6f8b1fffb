package org.cotangent.backend;

import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * A part of a buffer that a kernel reads or writes.
 *
 * @param buffer index into {@link Program#buffers}
 * @param dtype of the elements
 * @param layout where they lie, in elements from the start of the buffer
 */
public record Operand(int buffer, DType dtype, Layout layout) {
  /** {@return as in {@code b3 float32(4, 5)[5, 1]+0}} */
  @Override
  public String toString() {
    return "b" + buffer + " " + dtype + layout.shape() + layout;
  }
}
