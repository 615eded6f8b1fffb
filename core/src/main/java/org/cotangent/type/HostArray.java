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
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;

  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;

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
   * {@return element {@code index} in row-major order, boxed as {@link DType#holds} says}
   *
   * @param index 0 to size - 1
   */
  public Object get(long index) {
    DType dtype = type.dtype();
    return dtype.value(
        switch (dtype.bytes()) {
          case 1 -> data.get(I8, index);
          case 2 -> data.get(I16, index * 2);
          case 4 -> data.get(I32, index * 4);
          default -> data.get(I64, index * 8);
        });
  }

  /**
   * Sets an element.
   *
   * @param index 0 to size - 1, in row-major order
   * @param value boxed as {@link DType#holds} says; of float16 and bfloat16 rounded, of narrow
   *     integers the lowest bits
   */
  public void set(long index, Object value) {
    DType dtype = type.dtype();
    long bits = dtype.bits(value);
    switch (dtype.bytes()) {
      case 1 -> data.set(I8, index, (byte) bits);
      case 2 -> data.set(I16, index * 2, (short) bits);
      case 4 -> data.set(I32, index * 4, (int) bits);
      default -> data.set(I64, index * 8, bits);
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
