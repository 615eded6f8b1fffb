package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongUnaryOperator;
import org.cotangent.type.DType;

/**
 * Floats to another dtype, by way of double, which holds all of them.
 *
 * <p>The loops are plain, so that the JIT makes vectors of them. Whether a block has an element
 * that must be refused is first asked of all results together: whether any of them is no finite
 * number.
 */
final class Floats implements Through.Step {
  private final Refusal refusal;
  private final NumPyDType.Element from;
  private final DType to;
  private final boolean lossy;
  private final Object source;
  private final Object target;

  /** The source itself, or the target, where that has the same kind. */
  private final double[] doubles;

  /** Of float32 results, which are copied there from their array as a segment. */
  private final int[] bits;

  private final MemorySegment results;

  private Floats(
      Refusal refusal,
      NumPyDType.Element from,
      DType to,
      boolean lossy,
      Object source,
      double[] doubles,
      Object target) {
    this.refusal = refusal;
    this.from = from;
    this.to = to;
    this.lossy = lossy;
    this.source = source;
    this.doubles = doubles;
    this.target = target;
    if (!lossy && target instanceof float[] floats) {
      this.bits = new int[floats.length];
      this.results = MemorySegment.ofArray(floats);
    } else {
      this.bits = new int[0];
      this.results = MemorySegment.NULL;
    }
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
    Carrier in =
        switch (dtype.element()) {
          case FLOAT64 -> Carrier.DOUBLE;
          case FLOAT32 -> Carrier.FLOAT;
          default -> Carrier.SHORT;
        };
    Carrier out = Carrier.of(to);
    Object source = in.array(block);
    double[] doubles = source instanceof double[] already ? already : new double[block];
    Object target = out == Carrier.DOUBLE ? doubles : out.array(block);
    Floats step = new Floats(refusal, dtype.element(), to, lossy, source, doubles, target);
    return new Through(in.layout(dtype.byteOrder()), source, out, target, step);
  }

  @Override
  public void convert(int count, LongUnaryOperator position) {
    widen(count);
    narrow(count);
    if (!lossy && !areFinite(count)) {
      for (int i = 0; i < count; i++) {
        if (Double.isFinite(doubles[i]) && overflows(doubles[i])) {
          String value = Double.toString(doubles[i]);
          throw refusal.of(position.applyAsLong(i), value, "overflows", wider(), "for infinity");
        }
      }
    }
  }

  private String wider() {
    return to == DType.FLOAT32 ? "float64" : "float32";
  }

  private void widen(int count) {
    switch (from) {
      case FLOAT16 -> {
        short[] shorts = (short[]) source;
        for (int i = 0; i < count; i++) {
          doubles[i] = Float.float16ToFloat(shorts[i]);
        }
      }
      case FLOAT32 -> {
        float[] floats = (float[]) source;
        for (int i = 0; i < count; i++) {
          doubles[i] = floats[i];
        }
      }
      case FLOAT64 -> {}
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, VOID16 ->
          throw new AssertionError(from);
    }
  }

  private void narrow(int count) {
    switch (to) {
      case FLOAT64 -> {}
      case FLOAT32 -> {
        float[] floats = (float[]) target;
        for (int i = 0; i < count; i++) {
          floats[i] = (float) doubles[i];
        }
      }
      case FLOAT16, BFLOAT16 -> {
        short[] shorts = (short[]) target;
        for (int i = 0; i < count; i++) {
          shorts[i] = (short) to.bits(to.rounded(doubles[i]));
        }
      }
      case INT64 -> {
        long[] longs = (long[]) target;
        for (int i = 0; i < count; i++) {
          longs[i] = (long) doubles[i];
        }
      }
      case INT32 -> {
        int[] ints = (int[]) target;
        for (int i = 0; i < count; i++) {
          ints[i] = (int) doubles[i];
        }
      }
      case INT16 -> {
        short[] shorts = (short[]) target;
        for (int i = 0; i < count; i++) {
          shorts[i] = (short) clamped(doubles[i]);
        }
      }
      case INT8, UINT8 -> {
        byte[] bytes = (byte[]) target;
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) clamped(doubles[i]);
        }
      }
      case BOOL -> {
        byte[] bytes = (byte[]) target;
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) (doubles[i] != 0 ? 1 : 0);
        }
      }
    }
  }

  private long clamped(double value) {
    return Math.clamp((long) value, to.smallestInteger(), to.largestInteger());
  }

  /** Whether all results are finite; false where it is not known. */
  private boolean areFinite(int count) {
    if (to != DType.FLOAT32) {
      return to == DType.FLOAT64;
    }
    MemorySegment.copy(results, ValueLayout.JAVA_INT_UNALIGNED, 0, bits, 0, count);
    int largest = Float.floatToRawIntBits(Float.MAX_VALUE);
    int any = 0;
    for (int i = 0; i < count; i++) {
      any |= largest - (bits[i] & Integer.MAX_VALUE);
    }
    return any >= 0;
  }

  /** Whether a number is so large that the nearest one of the dtype, had it any, is beyond it. */
  private boolean overflows(double value) {
    return Double.isInfinite(((Number) to.rounded(value)).doubleValue());
  }
}
