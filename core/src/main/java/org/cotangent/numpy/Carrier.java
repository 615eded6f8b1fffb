package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.cotangent.type.DType;

/**
 * The Java arrays that elements pass through on their way from memory to memory. Copies between
 * these and memory are the only accesses to it: they reverse bytes, they are as fast on memory of
 * any kind, and on a mapped file that has become shorter they throw, where vector loads of compiled
 * loops would end the process.
 */
enum Carrier {
  /** Elements of one byte. */
  BYTE(ValueLayout.JAVA_BYTE) {
    @Override
    Object array(int length) {
      return new byte[length];
    }
  },
  /** Elements of two bytes. */
  SHORT(ValueLayout.JAVA_SHORT_UNALIGNED) {
    @Override
    Object array(int length) {
      return new short[length];
    }
  },
  /** Elements of four bytes. */
  INT(ValueLayout.JAVA_INT_UNALIGNED) {
    @Override
    Object array(int length) {
      return new int[length];
    }
  },
  /** Elements of eight bytes. */
  LONG(ValueLayout.JAVA_LONG_UNALIGNED) {
    @Override
    Object array(int length) {
      return new long[length];
    }
  },
  /** Elements of float32 that are computed with. */
  FLOAT(ValueLayout.JAVA_FLOAT_UNALIGNED) {
    @Override
    Object array(int length) {
      return new float[length];
    }
  },
  /** Elements of float64 that are computed with. */
  DOUBLE(ValueLayout.JAVA_DOUBLE_UNALIGNED) {
    @Override
    Object array(int length) {
      return new double[length];
    }
  };

  @SuppressWarnings("ImmutableEnumChecker") // A layout cannot be changed; it only is not annotated.
  private final ValueLayout layout;

  Carrier(ValueLayout layout) {
    this.layout = layout;
  }

  /**
   * {@return the carrier of bits that nothing is computed with}
   *
   * @param bytes of an element: 1, 2, 4 or 8
   */
  static Carrier ofBytes(int bytes) {
    return switch (bytes) {
      case 1 -> BYTE;
      case 2 -> SHORT;
      case 4 -> INT;
      default -> LONG;
    };
  }

  /** {@return the carrier of elements that are results of a computation} */
  static Carrier of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> FLOAT;
      case FLOAT64 -> DOUBLE;
      case BOOL, INT8, INT16, INT32, INT64, UINT8, FLOAT16, BFLOAT16 -> ofBytes(dtype.bytes());
    };
  }

  /** {@return an array of its kind} */
  abstract Object array(int length);

  /** {@return the size of one element in bytes} */
  long bytes() {
    return layout.byteSize();
  }

  /** {@return how elements lie in memory} */
  ValueLayout layout(ByteOrder order) {
    return layout.withOrder(order);
  }

  /** Copies elements from memory, whose byte order is given, to memory in the machine's. */
  void copy(MemorySegment from, ByteOrder order, MemorySegment to, long count) {
    MemorySegment.copy(from, layout(order), 0, to, layout, 0, count);
  }

  /** Copies elements of an array to memory in the machine's byte order. */
  void store(Object array, int at, MemorySegment to, long element, int count) {
    MemorySegment.copy(array, at, to, layout, element * bytes(), count);
  }
}
