package org.cotangent.type;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.error.ArgumentException;

/**
 * A contiguous, row-major array in host memory, in the machine's byte order: what crosses the
 * border between the outside world and a device, in both directions. It is no tensor and no op
 * takes it.
 *
 * @param type dtype and shape
 * @param data exactly {@code type.bytes()} bytes
 */
public record HostArray(TensorType type, MemorySegment data) {
  /** Unaligned access, so that heap and off-heap data of any origin can be read. */
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  /** Checks that the data has the size that the type asks for. */
  public HostArray {
    if (type == null || data == null) {
      throw new ArgumentException("host array: type or data is null; pass both");
    }
    if (data.byteSize() != type.bytes()) {
      throw new ArgumentException(
          "host array: " + type + " needs " + type.bytes() + " bytes, got " + data.byteSize());
    }
  }

  /**
   * {@return a zeroed array whose memory lives as long as it is reachable}
   *
   * @param type dtype and shape
   */
  public static HostArray allocate(TensorType type) {
    if (type == null) {
      throw new ArgumentException("host array: the type is null");
    }
    return new HostArray(type, Arena.ofAuto().allocate(type.bytes(), 64));
  }

  /**
   * {@return element {@code index} in row-major order as Float, Double, Integer, Long or Boolean}
   *
   * @param index 0 to size - 1
   */
  public Object get(long index) {
    return switch (type.dtype()) {
      case FLOAT32 -> data.get(F32, index * 4);
      case FLOAT64 -> data.get(F64, index * 8);
      case INT32 -> data.get(I32, index * 4);
      case INT64 -> data.get(I64, index * 8);
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) != 0;
    };
  }

  /**
   * Sets an element.
   *
   * @param index 0 to size - 1, in row-major order
   * @param value a Float, Double, Integer, Long or Boolean, as the dtype has it
   */
  public void set(long index, Object value) {
    switch (type.dtype()) {
      case FLOAT32 -> data.set(F32, index * 4, (float) value);
      case FLOAT64 -> data.set(F64, index * 8, (double) value);
      case INT32 -> data.set(I32, index * 4, (int) value);
      case INT64 -> data.set(I64, index * 8, (long) value);
      case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) ((boolean) value ? 1 : 0));
    }
  }

  /**
   * {@return element {@code index} as a double; int64 rounds, bool is 0 or 1}
   *
   * @param index 0 to size - 1, in row-major order
   */
  public double getDouble(long index) {
    return switch (get(index)) {
      case Boolean b -> b ? 1 : 0;
      case Number n -> n.doubleValue();
      default -> throw new AssertionError();
    };
  }
}
