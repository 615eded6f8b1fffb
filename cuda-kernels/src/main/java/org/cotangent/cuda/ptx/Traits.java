package org.cotangent.cuda.ptx;

import org.cotangent.type.DType;

/**
 * What texts depend on of a device.
 *
 * @param capability of the chip, as in 86 for 8.6
 * @param tf32 whether products of float32 may be computed from operands rounded to 10 bits of
 *     fraction
 */
public record Traits(int capability, boolean tf32) {
  /** The first chips whose tensor cores {@code tensor.cu} knows. */
  private static final int AMPERE = 80;

  /** {@return whether tensor cores multiply elements of a dtype} */
  boolean hasTensorCores(DType dtype) {
    return capability >= AMPERE
        && switch (dtype) {
          case FLOAT16, BFLOAT16 -> true;
          case FLOAT32 -> tf32;
          case FLOAT64, INT32, INT64, INT16, INT8, UINT8, BOOL -> false;
        };
  }
}
