package org.cotangent.cuda.ptx;

import org.cotangent.type.DType;

/**
 * What texts depend on of a device.
 *
 * @param capability of the chip, as in 86 for 8.6
 * @param units multiprocessors of the chip
 * @param tf32 whether products of float32 may be computed from operands rounded to 10 bits of
 *     fraction
 */
public record Traits(int capability, int units, boolean tf32) {
  /** The first chips that {@code tensor.cu} and {@code skinny.cu} are for. */
  private static final int AMPERE = 80;

  /** The only chips that {@code hopper.cu} is for. */
  private static final int HOPPER = 90;

  /** {@return whether tensor cores multiply elements of a dtype} */
  boolean hasTensorCores(DType dtype) {
    return capability >= AMPERE
        && switch (dtype) {
          case FLOAT16, BFLOAT16 -> true;
          case FLOAT32 -> tf32;
          case FLOAT64, INT32, INT64, INT16, INT8, UINT8, BOOL -> false;
        };
  }

  /** {@return whether threads copy to shared memory while they compute} */
  boolean hasCopies() {
    return capability >= AMPERE;
  }

  /** {@return whether four warps together multiply elements of a dtype from shared memory} */
  boolean hasWarpgroups(DType dtype) {
    return capability == HOPPER && hasTensorCores(dtype);
  }
}
