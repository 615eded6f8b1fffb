package org.cotangent.scalar;

import org.cotangent.type.DType;

/**
 * Conversions from and to the dtypes that kernels do not compute in, in steps that every backend
 * has: {@link Primitive#CONVERT} between narrow integers and int32, and arithmetic on bits. So
 * float16 and bfloat16 need nothing of a device, and are rounded to nearest even on all of them.
 */
final class Narrow {
  /** The first float32 that rounds to an infinite float16. */
  private static final long OVERFLOW = Float.floatToRawIntBits(65520f);

  private static final long INFINITY = 0x7f800000L;

  private Narrow() {}

  /** {@return a narrow term in the dtype that kernels compute in; exact} */
  static Term widen(Term x) {
    return switch (x.dtype()) {
      case FLOAT16 -> fromFloat16(x.bitcast(DType.INT16).primitiveConvert(DType.INT32));
      case BFLOAT16 -> {
        Term bits = x.bitcast(DType.INT16).primitiveConvert(DType.INT32);
        yield bits.shiftLeft(bits.literal(16L)).bitcast(DType.FLOAT32);
      }
      case INT8, INT16, UINT8 -> x.primitiveConvert(DType.INT32);
      case FLOAT32, FLOAT64, INT32, INT64, BOOL -> x;
    };
  }

  /**
   * {@return a term in a narrow dtype}
   *
   * @param x of a dtype that kernels compute in
   * @param dtype narrow
   */
  static Term narrow(Term x, DType dtype) {
    if (dtype.isInteger()) {
      Term whole = x.convert(DType.INT32);
      if (x.dtype().isFloating()) {
        whole =
            whole
                .max(whole.literal(dtype.smallestInteger()))
                .min(whole.literal(dtype.largestInteger()));
      }
      return whole.primitiveConvert(dtype);
    }
    Term single = towardsOdd(x);
    Term bits = single.bitcast(DType.INT32);
    Term half = dtype == DType.FLOAT16 ? toFloat16(bits) : toBfloat16(bits);
    return half.primitiveConvert(DType.INT16).bitcast(dtype);
  }

  private static Term fromFloat16(Term half) {
    Term magnitude = half.and(half.literal(0x7fffL));
    // The fields in their float32 places; the exponent's bias is off by 112, subnormals included.
    Term shifted = magnitude.shiftLeft(half.literal(13L));
    Term scaled = shifted.bitcast(DType.FLOAT32);
    Term finite = scaled.times(scaled.literal(0x1p112)).bitcast(DType.INT32);
    Term isFinite = magnitude.below(half.literal(0x7c00L));
    Term bits = isFinite.select(finite, shifted.or(half.literal(INFINITY)));
    Term sign = half.and(half.literal(0x8000L)).shiftLeft(half.literal(16L));
    return bits.or(sign).bitcast(DType.FLOAT32);
  }

  private static Term toFloat16(Term bits) {
    Term magnitude = bits.and(bits.literal((long) Integer.MAX_VALUE));
    Term odd = magnitude.shiftRightLogical(bits.literal(13L)).and(bits.literal(1L));
    Term rounded = magnitude.plus(odd).plus(bits.literal(0xfffL));
    Term normal = rounded.shiftRightLogical(bits.literal(13L)).minus(bits.literal(112L << 10));
    // The last bit of numbers around 1/2 is the smallest subnormal: a sum with 1/2 rounds to it.
    Term value = magnitude.bitcast(DType.FLOAT32);
    Term half = value.literal(0.5);
    Term subnormal = value.plus(half).bitcast(DType.INT32).minus(half.bitcast(DType.INT32));
    Term finite = magnitude.below(bits.literal(0x38800000L)).select(subnormal, normal);
    Term above =
        bits.literal(INFINITY)
            .below(magnitude)
            .select(bits.literal(0x7e00L), bits.literal(0x7c00L));
    Term result = magnitude.below(bits.literal(OVERFLOW)).select(finite, above);
    return result.or(sign(bits));
  }

  private static Term toBfloat16(Term bits) {
    Term magnitude = bits.and(bits.literal((long) Integer.MAX_VALUE));
    Term odd = magnitude.shiftRightLogical(bits.literal(16L)).and(bits.literal(1L));
    Term rounded =
        magnitude.plus(odd).plus(bits.literal(0x7fffL)).shiftRightLogical(bits.literal(16L));
    Term isNaN = bits.literal(INFINITY).below(magnitude);
    return isNaN.select(bits.literal(0x7fc0L), rounded).or(sign(bits));
  }

  /** The sign of a float32's bits, where a half has it. */
  private static Term sign(Term bits) {
    return bits.shiftRightLogical(bits.literal(16L)).and(bits.literal(0x8000L));
  }

  /**
   * A number as a float32 on its way to fewer bits: rounding twice is right if the first rounding
   * leaves an odd last bit wherever it is not exact.
   */
  private static Term towardsOdd(Term x) {
    return switch (x.dtype()) {
      case FLOAT64 -> {
        Term near = x.convert(DType.FLOAT32);
        Term back = near.convert(DType.FLOAT64);
        Term bits = near.bitcast(DType.INT32);
        Term one = bits.literal(1L);
        // A finite number that overflowed has an odd neighbour too: the largest float32.
        Term even = bits.and(one).equal(bits.literal(0L));
        Term inexact = back.below(x).or(x.below(back));
        Term larger = back.abs().below(x.abs());
        Term odd = larger.select(bits.plus(one), bits.minus(one));
        yield inexact.and(even).select(odd, bits).bitcast(DType.FLOAT32);
      }
      // Below the bound a conversion is exact; above it the bits that would be lost leave a trace.
      case INT32 -> traced(x, 24, 8).convert(DType.FLOAT32);
      case INT64 -> towardsOdd(traced(x, 53, 11).convert(DType.FLOAT64));
      case FLOAT32, BOOL -> x.convert(DType.FLOAT32);
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 ->
          throw new IllegalArgumentException(x.dtype() + " is widened first");
    };
  }

  private static Term traced(Term x, int exactBits, int lostBits) {
    Term zero = x.literal(0L);
    Term lost = x.and(x.literal((1L << lostBits) - 1));
    Term trace = lost.equal(zero).select(zero, x.literal(1L << lostBits));
    Term kept = x.minus(lost).or(trace);
    Term bound = x.literal(1L << exactBits);
    Term exact = x.below(bound).and(bound.negate().below(x));
    return exact.select(x, kept);
  }
}
