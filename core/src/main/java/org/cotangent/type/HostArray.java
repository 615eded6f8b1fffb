package org.cotangent.type;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.IndexException;

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
          "host array: "
              + type
              + " needs "
              + type.bytes()
              + " bytes, got "
              + data.byteSize()
              + "; pass memory of that size");
    }
  }

  /**
   * {@return a zeroed array whose memory lives as long as it is reachable}
   *
   * @param type dtype and shape
   * @throws ArgumentException if the JVM has not so much memory outside of its heap
   */
  public static HostArray allocate(TensorType type) {
    if (type == null) {
      throw new ArgumentException("host array: the type is null");
    }
    try {
      return new HostArray(type, Arena.ofAuto().allocate(type.bytes(), 64));
    } catch (OutOfMemoryError none) {
      ArgumentException error =
          new ArgumentException(
              "host array: no memory for the "
                  + type.bytes()
                  + " bytes of "
                  + type
                  + "; take a part, or raise -XX:MaxDirectMemorySize");
      error.initCause(none);
      throw error;
    }
  }

  /**
   * {@return the data, which this thread may read now}
   *
   * @param op on whose behalf, for the message
   * @throws ClosedException if the arena of the memory is closed
   * @throws ArgumentException if the memory is another thread's
   */
  public MemorySegment readable(String op) {
    if (!data.scope().isAlive()) {
      throw new ClosedException(
          op + ": the memory of " + type + " is closed; keep its arena open while it is in use");
    }
    if (!data.isAccessibleBy(Thread.currentThread())) {
      throw new ArgumentException(
          op
              + ": the memory of "
              + type
              + " is another thread's alone; take it from Arena.ofShared()");
    }
    return data;
  }

  /**
   * {@return element {@code index} in row-major order, boxed as {@link DType#holds} says}
   *
   * @param index 0 to size - 1
   * @throws IndexException if there is no such element
   * @throws ClosedException if the arena of the memory is closed
   */
  public Object get(long index) {
    return get("get", index);
  }

  private Object get(String op, long index) {
    requireElement(op, index);
    MemorySegment from = readable(op);
    DType dtype = type.dtype();
    return dtype.value(
        switch (dtype.bytes()) {
          case 1 -> from.get(I8, index);
          case 2 -> from.get(I16, index * 2);
          case 4 -> from.get(I32, index * 4);
          default -> from.get(I64, index * 8);
        });
  }

  private void requireElement(String op, long index) {
    if (index < 0 || index >= type.shape().size()) {
      throw new IndexException(
          op
              + ": there is no element "
              + index
              + " in "
              + type
              + "; they count from 0 to "
              + (type.shape().size() - 1));
    }
  }

  /**
   * Sets an element.
   *
   * @param index 0 to size - 1, in row-major order
   * @param value boxed as {@link DType#holds} says; of float16 and bfloat16 rounded, of narrow
   *     integers the lowest bits
   * @throws IndexException if there is no such element
   * @throws org.cotangent.error.DTypeException if the value is boxed otherwise
   * @throws ArgumentException if the memory is read-only
   * @throws ClosedException if the arena of the memory is closed
   */
  public void set(long index, Object value) {
    requireElement("set", index);
    MemorySegment to = readable("set");
    if (to.isReadOnly()) {
      throw new ArgumentException(
          "set: the memory of " + type + " is read-only; allocate an array to write to");
    }
    DType dtype = type.dtype();
    long bits = dtype.bits(value);
    switch (dtype.bytes()) {
      case 1 -> to.set(I8, index, (byte) bits);
      case 2 -> to.set(I16, index * 2, (short) bits);
      case 4 -> to.set(I32, index * 4, (int) bits);
      default -> to.set(I64, index * 8, bits);
    }
  }

  /**
   * {@return element {@code index} as a double; int64 rounds, bool is 0 or 1}
   *
   * @param index 0 to size - 1, in row-major order
   * @throws IndexException if there is no such element
   * @throws ClosedException if the arena of the memory is closed
   */
  public double getDouble(long index) {
    return switch (get("getDouble", index)) {
      case Boolean b -> b ? 1 : 0;
      case Number n -> n.doubleValue();
      default -> throw new AssertionError();
    };
  }
}
