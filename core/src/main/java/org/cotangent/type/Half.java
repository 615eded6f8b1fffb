package org.cotangent.type;

/** The two formats of 16 bits, as bits and as the floats that they stand for. */
enum Half {
  /** 5 bits of exponent, 10 of fraction. */
  FLOAT16 {
    @Override
    float value(short bits) {
      return Float.float16ToFloat(bits);
    }

    @Override
    short bits(float value) {
      return Float.floatToFloat16(value);
    }
  },
  /** A float32 without its lower half. */
  BFLOAT16 {
    @Override
    float value(short bits) {
      return Float.intBitsToFloat(bits << 16);
    }

    @Override
    short bits(float value) {
      int bits = Float.floatToRawIntBits(value);
      // A NaN whose fraction lies in the lower half alone must not become an infinity.
      return Float.isNaN(value)
          ? (short) (bits >> 16 | 0x40)
          : (short) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
  };

  /** {@return the float that these bits stand for} */
  abstract float value(short bits);

  /** {@return the bits of the nearest value, ties to even} */
  abstract short bits(float value);

  /** {@return the nearest value, ties to even, as a float} */
  float round(double value) {
    return value(bits(towardsOdd(value)));
  }

  /**
   * A float on the way to fewer bits: rounding twice is right if the first rounding leaves an odd
   * last bit wherever it is not exact.
   */
  private static float towardsOdd(double value) {
    float near = (float) value;
    if (near == value || Float.isNaN(near) || (Float.floatToRawIntBits(near) & 1) != 0) {
      return near;
    }
    return near < value ? Math.nextUp(near) : Math.nextDown(near);
  }
}
