package org.cotangent.numpy;

import java.util.function.LongUnaryOperator;
import org.cotangent.type.DType;

/**
 * Integers and bool to another dtype, by way of long, which holds all of them; of uint64 it has the
 * bits.
 *
 * <p>The loops are plain, so that the JIT makes vectors of them. Whether a block has an element
 * that must be refused is first asked of all together: the bits that any of them needs are those of
 * their union. Only if these are too many is each one looked at.
 */
final class Integers implements Through.Step {
  private final Refusal refusal;
  private final NumPyDType.Element from;
  private final DType to;
  private final boolean lossy;
  private final Object source;
  private final Object target;

  /** The source itself, or the target, where that has the same kind. */
  private final long[] longs;

  private Integers(
      Refusal refusal,
      NumPyDType.Element from,
      DType to,
      boolean lossy,
      Object source,
      long[] longs,
      Object target) {
    this.refusal = refusal;
    this.from = from;
    this.to = to;
    this.lossy = lossy;
    this.source = source;
    this.longs = longs;
    this.target = target;
  }

  /**
   * {@return the way of an array's elements}
   *
   * @param refusal makes the error
   * @param dtype of the array
   * @param to the new one
   * @param lossy whether what it does not hold is changed instead of refused
   * @param block how many at a time
   */
  static Through way(Refusal refusal, NumPyDType dtype, DType to, boolean lossy, int block) {
    Carrier in = Carrier.ofBytes(dtype.bytes());
    Carrier out = Carrier.of(to);
    Object source = in.array(block);
    long[] longs = source instanceof long[] already ? already : new long[block];
    Object target = out == Carrier.LONG ? longs : out.array(block);
    Integers step = new Integers(refusal, dtype.element(), to, lossy, source, longs, target);
    return new Through(in.layout(dtype.byteOrder()), source, out, target, step);
  }

  @Override
  public void convert(int count, LongUnaryOperator position) {
    widen(count);
    if (!lossy && !areSmall(count)) {
      for (int i = 0; i < count; i++) {
        if (!isKept(longs[i])) {
          throw refusal.of(position.applyAsLong(i), text(longs[i]), why(), wider(), purpose());
        }
      }
    }
    narrow(count);
  }

  private void widen(int count) {
    switch (from) {
      case BOOL -> {
        byte[] bytes = (byte[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = bytes[i] != 0 ? 1 : 0;
        }
      }
      case INT8 -> {
        byte[] bytes = (byte[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = bytes[i];
        }
      }
      case UINT8 -> {
        byte[] bytes = (byte[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = bytes[i] & 0xff;
        }
      }
      case INT16 -> {
        short[] shorts = (short[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = shorts[i];
        }
      }
      case UINT16 -> {
        short[] shorts = (short[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = shorts[i] & 0xffff;
        }
      }
      case INT32 -> {
        int[] ints = (int[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = ints[i];
        }
      }
      case UINT32 -> {
        int[] ints = (int[]) source;
        for (int i = 0; i < count; i++) {
          longs[i] = ints[i] & 0xffff_ffffL;
        }
      }
      case INT64, UINT64 -> {}
      case FLOAT16, FLOAT32, FLOAT64, VOID16 -> throw new AssertionError(from);
    }
  }

  /** Whether all elements need so few bits that the dtype surely holds them. */
  private boolean areSmall(int count) {
    // Of a negative number those that are not copies of its sign, where the dtype has a sign.
    long sign = from == NumPyDType.Element.UINT64 || to == DType.UINT8 ? 0 : -1;
    long union = 0;
    for (int i = 0; i < count; i++) {
      union |= longs[i] ^ (longs[i] >> 63 & sign);
    }
    return union >= 0 && union <= largest();
  }

  /** Up to this all integers are held, and of the negative ones one more. */
  private long largest() {
    return switch (to) {
      case FLOAT16 -> (1L << 11) - 1;
      case BFLOAT16 -> (1L << 8) - 1;
      case FLOAT32 -> (1L << 24) - 1;
      case FLOAT64 -> (1L << 53) - 1;
      case INT8, INT16, INT32, INT64, UINT8 -> to.largestInteger();
      case BOOL -> Long.MAX_VALUE;
    };
  }

  private boolean isKept(long bits) {
    return switch (to) {
      case FLOAT16, BFLOAT16 -> isExact(half(bits), bits);
      case FLOAT32 -> isExact(toFloat(bits), bits);
      case FLOAT64 -> isExact(toDouble(bits), bits);
      case INT8, INT16, INT32, INT64, UINT8 ->
          !isAbove(bits) && bits >= to.smallestInteger() && bits <= to.largestInteger();
      case BOOL -> true;
    };
  }

  /** Whether an integer is above what a long holds; its bits are those of a negative one. */
  private boolean isAbove(long bits) {
    return bits < 0 && from == NumPyDType.Element.UINT64;
  }

  /** An integer, rounded once. */
  private double toDouble(long bits) {
    // Half of it fits; the last bit decides which way a tie goes, so it stays in sight.
    return isAbove(bits) ? (double) ((bits >>> 1) | (bits & 1)) * 2 : bits;
  }

  private float toFloat(long bits) {
    return isAbove(bits) ? (float) ((bits >>> 1) | (bits & 1)) * 2 : bits;
  }

  private float half(long bits) {
    boolean isLarge = isAbove(bits) || (bits ^ bits >> 63) >>> 53 != 0;
    // By way of a double, which must hold it: the last bits only say which side of a tie it is on.
    return (float) to.rounded(toDouble(isLarge ? sticky(bits) : bits));
  }

  /** The first 52 of 64 bits, and one more for whether any other is set. */
  private static long sticky(long bits) {
    long rest = bits & 0xfff;
    return bits - rest + (rest == 0 ? 0 : 0x800);
  }

  /** Whether a float is an integer, and not only near. */
  private boolean isExact(double value, long bits) {
    // What is too large turns back into the largest integer there is, which it is not.
    return isAbove(bits)
        ? value < 0x1p64 && (long) (value / 2) << 1 == bits
        : Math.abs(value) <= 0x1p63 && value != 0x1p63 && (long) value == bits;
  }

  private String text(long bits) {
    return isAbove(bits) ? Long.toUnsignedString(bits) : Long.toString(bits);
  }

  private String why() {
    return to.isFloating() ? "is not exact" : "is out of range";
  }

  private String wider() {
    return to == DType.FLOAT64
        ? "int64"
        : to.isFloating() || to == DType.INT64 ? "float64" : "int64";
  }

  private String purpose() {
    return to.isFloating() ? "to round" : "to keep the low bits";
  }

  private void narrow(int count) {
    switch (to) {
      case BOOL -> {
        byte[] bytes = (byte[]) target;
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) (longs[i] != 0 ? 1 : 0);
        }
      }
      case INT8, UINT8 -> {
        byte[] bytes = (byte[]) target;
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) longs[i];
        }
      }
      case INT16 -> {
        short[] shorts = (short[]) target;
        for (int i = 0; i < count; i++) {
          shorts[i] = (short) longs[i];
        }
      }
      case INT32 -> {
        int[] ints = (int[]) target;
        for (int i = 0; i < count; i++) {
          ints[i] = (int) longs[i];
        }
      }
      case INT64 -> {}
      case FLOAT32 -> {
        float[] floats = (float[]) target;
        if (from == NumPyDType.Element.UINT64) {
          for (int i = 0; i < count; i++) {
            floats[i] = toFloat(longs[i]);
          }
        } else {
          for (int i = 0; i < count; i++) {
            floats[i] = longs[i];
          }
        }
      }
      case FLOAT64 -> {
        double[] doubles = (double[]) target;
        if (from == NumPyDType.Element.UINT64) {
          for (int i = 0; i < count; i++) {
            doubles[i] = toDouble(longs[i]);
          }
        } else {
          for (int i = 0; i < count; i++) {
            doubles[i] = longs[i];
          }
        }
      }
      case FLOAT16, BFLOAT16 -> {
        short[] shorts = (short[]) target;
        for (int i = 0; i < count; i++) {
          shorts[i] = (short) to.bits(half(longs[i]));
        }
      }
    }
  }
}
