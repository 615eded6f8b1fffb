package org.cotangent.numpy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * From an array as it was read to one as the engine has it. Elements are converted in the order in
 * which they lie, a block at a time, through long (integers and bool) or double (floats), both of
 * which hold all values that can be read; Fortran order is undone afterwards. The same dtype is
 * copied bit by bit.
 */
final class Conversion {
  /** Elements of a block: 8 KiB, which stay in the first-level cache between the two loops. */
  private static final int BLOCK = 1024;

  /** Elements of a part that is copied from a mapped file before anything looks at them. */
  private static final int PART = 1 << 15;

  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private final NumPyArray from;
  private final DType to;
  private final boolean lossy;
  private final MemorySegment source;
  private final MemorySegment target;

  /** Which element of the array the first one of the source is. */
  private final long first;

  /** Elements of the source. */
  private final long size;

  private Conversion(
      NumPyArray from,
      MemorySegment source,
      long first,
      DType to,
      boolean lossy,
      MemorySegment target) {
    this.from = from;
    this.source = source;
    this.first = first;
    this.size = target.byteSize() / to.bytes();
    this.to = to;
    this.lossy = lossy;
    this.target = target;
  }

  /**
   * {@return the values of an array, all of them kept but for rounding between floats}
   *
   * @throws DTypeException if one cannot be kept, or if only a cast does this conversion
   */
  static HostArray checked(NumPyArray from, DType to) {
    requireKept(from.dtype().element(), to);
    return convert(from, to, false);
  }

  /**
   * Converts elements that lie one after the other, apart from the rest of their array.
   *
   * @param whole the array, in C order
   * @param source elements of it, in memory that is not mapped
   * @param first which element of the array the first of them is
   * @param to the dtype, one that {@link #requireKept} allows
   * @param target as many elements
   * @throws DTypeException if a value cannot be kept, with its index in the array
   */
  static void checked(
      NumPyArray whole, MemorySegment source, long first, DType to, MemorySegment target) {
    new Conversion(whole, source, first, to, false, target).run();
  }

  /** Whether elements have the same bits here and there. */
  static boolean isPlain(NumPyDType from, DType to) {
    // Any byte of a bool but 0 is true there, 1 alone is here.
    return isSame(from.element(), to) && from.isNative() && to != DType.BOOL;
  }

  /**
   * Checks that a conversion is one that may keep all values.
   *
   * @throws DTypeException if only a cast does it
   */
  static void requireKept(NumPyDType.Element element, DType to) {
    boolean bool = element == NumPyDType.Element.BOOL || to == DType.BOOL;
    if (!isSame(element, to) && (bool || (element.isFloating() && !to.isFloating()))) {
      throw new DTypeException(
          "toHost: " + element + " to " + to + " does not keep values; " + castAdvice(element, to));
    }
  }

  private static String castAdvice(NumPyDType.Element element, DType to) {
    String cast = "cast(" + to + ") ";
    if (to == DType.BOOL) {
      return cast + "gives whether each is not 0";
    }
    return cast + (element.isFloating() ? "truncates towards zero" : "gives 0 and 1");
  }

  /** {@return the values of an array, lossy where the dtype is too small} */
  static HostArray cast(NumPyArray from, DType to) {
    return convert(from, to, true);
  }

  private static HostArray convert(NumPyArray from, DType to, boolean lossy) {
    return Mapping.reading(from.data(), () -> converted(from, to, lossy));
  }

  private static HostArray converted(NumPyArray from, DType to, boolean lossy) {
    Shape shape = from.shape();
    HostArray result = HostArray.allocate(new TensorType(to, shape));
    MemorySegment data = result.data();
    if (from.order() == Order.C || Reorder.isSame(shape)) {
      asItLies(from, to, lossy, data);
    } else if (isSame(from.dtype().element(), to) && !from.data().isMapped()) {
      Reorder.fortranToC(from.data(), data, shape, to.bytes());
      new Conversion(from, data, 0, to, lossy, data).run();
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment staged = arena.allocate(data.byteSize(), 64);
        asItLies(from, to, lossy, staged);
        Reorder.fortranToC(staged, data, shape, to.bytes());
      }
    }
    return result;
  }

  /**
   * Converts elements in the order in which they lie. Those of a mapped file are copied first, part
   * by part: where the file has become shorter, a copy fails with an error, while loops that the
   * JIT has compiled to vectors would end the process.
   */
  private static void asItLies(NumPyArray from, DType to, boolean lossy, MemorySegment target) {
    if (!from.data().isMapped()) {
      new Conversion(from, from.data(), 0, to, lossy, target).run();
      return;
    }
    int bytes = from.dtype().bytes();
    long size = from.shape().size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(Math.min(PART, size) * bytes, 64);
      for (long first = 0; first < size; first += PART) {
        long count = Math.min(PART, size - first);
        MemorySegment.copy(from.data(), first * bytes, part, 0, count * bytes);
        MemorySegment place = target.asSlice(first * to.bytes(), count * to.bytes());
        new Conversion(from, part, first, to, lossy, place).run();
      }
    }
  }

  private static boolean isSame(NumPyDType.Element element, DType to) {
    return element.engine().filter(own -> own == to).isPresent();
  }

  private void run() {
    if (isSame(from.dtype().element(), to)) {
      copy();
      return;
    }
    if (from.dtype().element().isFloating()) {
      double[] block = new double[(int) Math.min(BLOCK, size)];
      for (long at = 0; at < size; at += BLOCK) {
        int count = (int) Math.min(BLOCK, size - at);
        loadFloats(at, count, block);
        storeFloats(at, count, block);
      }
    } else {
      long[] block = new long[(int) Math.min(BLOCK, size)];
      for (long at = 0; at < size; at += BLOCK) {
        int count = (int) Math.min(BLOCK, size - at);
        loadIntegers(at, count, block);
        storeIntegers(at, count, block);
      }
    }
  }

  /** Also in place, where source and target are the same memory. */
  private void copy() {
    switch (to) {
      case BOOL -> {
        for (long i = 0; i < size; i++) {
          target.set(I8, i, (byte) (source.get(I8, i) != 0 ? 1 : 0));
        }
      }
      case INT8, UINT8 -> MemorySegment.copy(source, 0, target, 0, size);
      case FLOAT16, INT16 ->
          MemorySegment.copy(
              source, I16.withOrder(from.dtype().byteOrder()), 0, target, I16, 0, size);
      case BFLOAT16 -> throw new AssertionError("NumPy has none");
      case FLOAT32, INT32 ->
          MemorySegment.copy(
              source, I32.withOrder(from.dtype().byteOrder()), 0, target, I32, 0, size);
      case FLOAT64, INT64 ->
          MemorySegment.copy(
              source, I64.withOrder(from.dtype().byteOrder()), 0, target, I64, 0, size);
    }
  }

  private void loadIntegers(long at, int count, long[] block) {
    boolean swap = !from.dtype().isNative();
    switch (from.dtype().element()) {
      case BOOL -> {
        for (int i = 0; i < count; i++) {
          block[i] = source.get(I8, at + i) != 0 ? 1 : 0;
        }
      }
      case INT8 -> {
        for (int i = 0; i < count; i++) {
          block[i] = source.get(I8, at + i);
        }
      }
      case UINT8 -> {
        for (int i = 0; i < count; i++) {
          block[i] = source.get(I8, at + i) & 0xff;
        }
      }
      case INT16 -> {
        for (int i = 0; i < count; i++) {
          short value = source.get(I16, 2 * (at + i));
          block[i] = swap ? Short.reverseBytes(value) : value;
        }
      }
      case UINT16 -> {
        for (int i = 0; i < count; i++) {
          short value = source.get(I16, 2 * (at + i));
          block[i] = (swap ? Short.reverseBytes(value) : value) & 0xffff;
        }
      }
      case INT32 -> {
        for (int i = 0; i < count; i++) {
          int value = source.get(I32, 4 * (at + i));
          block[i] = swap ? Integer.reverseBytes(value) : value;
        }
      }
      case UINT32 -> {
        for (int i = 0; i < count; i++) {
          int value = source.get(I32, 4 * (at + i));
          block[i] = (swap ? Integer.reverseBytes(value) : value) & 0xffff_ffffL;
        }
      }
      case INT64, UINT64 -> {
        for (int i = 0; i < count; i++) {
          long value = source.get(I64, 8 * (at + i));
          block[i] = swap ? Long.reverseBytes(value) : value;
        }
      }
      case FLOAT16, FLOAT32, FLOAT64 -> throw new AssertionError(from.dtype());
    }
  }

  private void loadFloats(long at, int count, double[] block) {
    boolean swap = !from.dtype().isNative();
    if (from.dtype().element() == NumPyDType.Element.FLOAT16) {
      for (int i = 0; i < count; i++) {
        short bits = source.get(I16, 2 * (at + i));
        block[i] = Float.float16ToFloat(swap ? Short.reverseBytes(bits) : bits);
      }
    } else if (from.dtype().element() == NumPyDType.Element.FLOAT32) {
      for (int i = 0; i < count; i++) {
        int bits = source.get(I32, 4 * (at + i));
        block[i] = Float.intBitsToFloat(swap ? Integer.reverseBytes(bits) : bits);
      }
    } else {
      for (int i = 0; i < count; i++) {
        long bits = source.get(I64, 8 * (at + i));
        block[i] = Double.longBitsToDouble(swap ? Long.reverseBytes(bits) : bits);
      }
    }
  }

  /** Whether an integer is above what a long holds; its bits are those of a negative one. */
  private boolean isAbove(long bits) {
    return bits < 0 && from.dtype().element() == NumPyDType.Element.UINT64;
  }

  /** An integer, rounded once. */
  private double toDouble(long bits) {
    // Half of it fits; the last bit decides which way a tie goes, so it stays in sight.
    return isAbove(bits) ? (double) ((bits >>> 1) | (bits & 1)) * 2 : bits;
  }

  private float toFloat(long bits) {
    return isAbove(bits) ? (float) ((bits >>> 1) | (bits & 1)) * 2 : bits;
  }

  /** Whether a float is an integer, and not only near. */
  private boolean isExact(double value, long bits) {
    // What is larger turns back into the largest integer there is, which it is not.
    return isAbove(bits)
        ? value < 0x1p64 && (long) (value / 2) << 1 == bits
        : value < 0x1p63 && (long) value == bits;
  }

  private DTypeException refuse(
      long position, long bits, String why, String wider, String purpose) {
    Object value = isAbove(bits) ? Long.toUnsignedString(bits) : (Object) bits;
    return refuse(position, value, why, wider, purpose);
  }

  private void storeIntegers(long at, int count, long[] block) {
    switch (to) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          float value = toFloat(block[i]);
          if (!lossy && !isExact(value, block[i])) {
            throw refuse(at + i, block[i], "is not exact", "float64", "to round");
          }
          target.set(F32, 4 * (at + i), value);
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          double value = toDouble(block[i]);
          if (!lossy && !isExact(value, block[i])) {
            throw refuse(at + i, block[i], "is not exact", "int64", "to round");
          }
          target.set(F64, 8 * (at + i), value);
        }
      }
      case INT32 -> {
        for (int i = 0; i < count; i++) {
          int value = (int) block[i];
          if (!lossy && (value != block[i] || isAbove(block[i]))) {
            throw refuse(at + i, block[i], "is out of range", "int64", "to keep the low bits");
          }
          target.set(I32, 4 * (at + i), value);
        }
      }
      case INT64 -> {
        for (int i = 0; i < count; i++) {
          if (!lossy && isAbove(block[i])) {
            throw refuse(at + i, block[i], "is out of range", "float64", "to keep the low bits");
          }
          target.set(I64, 8 * (at + i), block[i]);
        }
      }
      case BOOL -> {
        for (int i = 0; i < count; i++) {
          target.set(I8, at + i, (byte) (block[i] != 0 ? 1 : 0));
        }
      }
      case INT8, INT16, UINT8 -> {
        for (int i = 0; i < count; i++) {
          boolean inside = block[i] >= to.smallestInteger() && block[i] <= to.largestInteger();
          if (!lossy && (!inside || isAbove(block[i]))) {
            throw refuse(at + i, block[i], "is out of range", "int64", "to keep the low bits");
          }
          storeBits(at + i, block[i]);
        }
      }
      case FLOAT16, BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          // To a double first: no 64-bit integer that rounds there is near a number of so few bits.
          float value = (float) to.rounded(toDouble(block[i]));
          if (!lossy && !isExact(value, block[i])) {
            throw refuse(at + i, block[i], "is not exact", "float64", "to round");
          }
          storeBits(at + i, to.bits(value));
        }
      }
    }
  }

  private void storeFloats(long at, int count, double[] block) {
    switch (to) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          float value = (float) block[i];
          if (!lossy && Float.isInfinite(value) && !Double.isInfinite(block[i])) {
            throw refuse(at + i, block[i], "overflows", "float64", "for infinity");
          }
          target.set(F32, 4 * (at + i), value);
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          target.set(F64, 8 * (at + i), block[i]);
        }
      }
      case INT32 -> {
        for (int i = 0; i < count; i++) {
          target.set(I32, 4 * (at + i), (int) block[i]);
        }
      }
      case INT64 -> {
        for (int i = 0; i < count; i++) {
          target.set(I64, 8 * (at + i), (long) block[i]);
        }
      }
      case BOOL -> {
        for (int i = 0; i < count; i++) {
          target.set(I8, at + i, (byte) (block[i] != 0 ? 1 : 0));
        }
      }
      case INT8, INT16, UINT8 -> {
        for (int i = 0; i < count; i++) {
          long value = Math.clamp((long) block[i], to.smallestInteger(), to.largestInteger());
          storeBits(at + i, value);
        }
      }
      case FLOAT16, BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          float value = (float) to.rounded(block[i]);
          if (!lossy && Float.isInfinite(value) && !Double.isInfinite(block[i])) {
            throw refuse(at + i, block[i], "overflows", "float32", "for infinity");
          }
          storeBits(at + i, to.bits(value));
        }
      }
    }
  }

  /** Stores the low bits as an element of one or two bytes. */
  private void storeBits(long position, long bits) {
    if (to.bytes() == 1) {
      target.set(I8, position, (byte) bits);
    } else {
      target.set(I16, 2 * position, (short) bits);
    }
  }

  private DTypeException refuse(
      long position, Object value, String why, String wider, String purpose) {
    return new DTypeException(
        "toHost: "
            + from.dtype().element()
            + " to "
            + to
            + ": element "
            + index(first + position)
            + " = "
            + value
            + " "
            + why
            + "; ask for "
            + wider
            + ", or use cast("
            + to
            + ") "
            + purpose);
  }

  /** {@return the index of an element as Python prints it} */
  private String index(long position) {
    Shape shape = from.shape();
    long[] index = new long[shape.rank()];
    for (int i = 0; i < index.length; i++) {
      int axis = from.order() == Order.FORTRAN ? i : index.length - 1 - i;
      index[axis] = position % shape.dim(axis);
      position /= shape.dim(axis);
    }
    return Shape.of(index).toString();
  }
}
