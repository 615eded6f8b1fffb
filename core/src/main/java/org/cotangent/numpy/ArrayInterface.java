package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * An array in memory that somebody else owns, described as NumPy's {@code __array_interface__},
 * version 3, does: how Python code in the same process (JPype, JEP, GraalPy) or beside it in shared
 * memory hands over its arrays, and is handed ours by {@link #fields}.
 *
 * <pre>{@code
 * // Python: shm = SharedMemory(name="x", create=True, size=a.nbytes)
 * // np.ndarray(a.shape, a.dtype, buffer=shm.buf)[:] = a
 * MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, size, arena); // of /dev/shm/x
 * Tensor x = device.tensor(ArrayInterface.of(Shape.of(3, 4), "<f8", memory));
 * }</pre>
 *
 * <p>Where the elements lie is computed exactly, from shape and strides, and compared with the
 * memory before anything is read: an interface that points outside of it is an error. Who writes to
 * the memory meanwhile may be seen to do so.
 *
 * @param shape of the array
 * @param dtype of its elements
 * @param strides in bytes from an element to the next along each axis; may be negative, or 0
 * @param memory that the elements lie in
 * @param offset in bytes from the start of the memory to the first element
 */
public record ArrayInterface(
    Shape shape, NumPyDType dtype, List<Long> strides, MemorySegment memory, long offset)
    implements ArrayLike {
  private static final String NAME = "arrayInterface";

  /**
   * Checks that all elements lie in the memory.
   *
   * @throws ShapeException if there is not one stride for each axis, or more axes than NumPy takes
   *     (64)
   * @throws FormatException if an element lies outside of the memory
   */
  public ArrayInterface {
    Require.nonNull(NAME, "the shape", shape);
    Require.nonNull(NAME, "the dtype", dtype);
    Require.nonNull(NAME, "the memory", memory);
    strides = Require.noNulls(NAME, "the list of strides", strides);
    if (strides.size() != shape.rank()) {
      throw new ShapeException(
          "%s: %d strides for the %d axes of %s; pass one for each"
              .formatted(NAME, strides.size(), shape.rank(), shape));
    }
    if (shape.rank() > NpyHeader.MAX_RANK) {
      throw new ShapeException(
          "%s: %d axes; NumPy takes at most %d".formatted(NAME, shape.rank(), NpyHeader.MAX_RANK));
    }
    requireInside(shape, dtype, strides, memory, offset);
  }

  private static void requireInside(
      Shape shape, NumPyDType dtype, List<Long> strides, MemorySegment memory, long offset) {
    if (shape.size() == 0) {
      return;
    }
    long first = offset;
    long last;
    try {
      last = Math.addExact(offset, dtype.bytes());
      for (int axis = 0; axis < strides.size(); axis++) {
        long reach = Math.multiplyExact(shape.dim(axis) - 1, strides.get(axis));
        first = Math.addExact(first, Math.min(0, reach));
        last = Math.addExact(last, Math.max(0, reach));
      }
    } catch (ArithmeticException e) {
      throw new FormatException(
          NAME + ": strides " + strides + " of " + dtype + shape + " reach beyond 64 bits", e);
    }
    if (first < 0 || last > memory.byteSize()) {
      throw new FormatException(
          "%s: %s%s with strides %s from byte %d on lies in bytes %d to %d, but the memory has %d"
              .formatted(NAME, dtype, shape, strides, offset, first, last, memory.byteSize()));
    }
  }

  /**
   * {@return an array in C order from the start of the memory on}
   *
   * @param shape of the array
   * @param typestr its dtype, as in {@code <f8}
   * @param memory as large as the array, or larger
   * @throws DTypeException if the dtype is not read; the message says what to do
   * @throws FormatException if the memory is too small
   */
  public static ArrayInterface of(Shape shape, String typestr, MemorySegment memory) {
    NumPyDType dtype = NumPyDType.parse(Require.nonNull(NAME, "the typestr", typestr));
    return new ArrayInterface(
        shape, dtype, inOrder(Require.nonNull(NAME, "the shape", shape), dtype), memory, 0);
  }

  /**
   * {@return an array of this process, on the same memory}
   *
   * @param array as {@code tensor.toHost()} gives it
   * @throws DTypeException if NumPy has no such dtype
   */
  public static ArrayInterface of(HostArray array) {
    Shape shape = Require.nonNull(NAME, "the array", array).type().shape();
    NumPyDType dtype = NumPyDType.of(array.type().dtype());
    return new ArrayInterface(shape, dtype, inOrder(shape, dtype), array.data(), 0);
  }

  /**
   * {@return the array that a dictionary describes, as Python has it in {@code
   * a.__array_interface__}} Read are {@code version}, {@code shape}, {@code typestr}, {@code
   * strides}, {@code offset} and {@code mask}; numbers of any class, lists or arrays of them.
   * {@code data} is not followed: an address says nothing of how much memory is there. {@code
   * descr} says nothing more of the dtypes that are read.
   *
   * @param fields by name
   * @param memory that starts where {@code data} points to, with what lies before it for negative
   *     strides
   * @param start in bytes, of the place where {@code data} points to
   * @throws FormatException if a field is missing, of another kind or contradicts the others
   * @throws DTypeException if the dtype is not read; the message says what to do
   */
  public static ArrayInterface of(
      Map<String, ? extends @Nullable Object> fields, MemorySegment memory, long start) {
    Require.nonNull(NAME, "the map of fields", fields);
    if (fields.get("version") instanceof Number version && version.longValue() < 3) {
      throw new FormatException(NAME + ": version " + version + "; 3 is read");
    }
    if (fields.get("mask") != null) {
      throw new FormatException(
          NAME + ": the array has a mask; fill it in NumPy: a.filled(0), or pass both apart");
    }
    if (!(fields.get("typestr") instanceof String typestr)) {
      throw new FormatException(
          NAME + ": typestr is " + fields.get("typestr") + ", no text as in '<f8'");
    }
    NumPyDType dtype = NumPyDType.parse(typestr);
    List<Long> dims = numbers("shape", fields.get("shape"));
    Shape shape;
    try {
      shape = Shape.of(array(dims));
    } catch (ShapeException e) {
      throw new FormatException(NAME + ": " + e.getMessage(), e);
    }
    Object strides = fields.get("strides");
    Object offset = fields.get("offset");
    long moved = offset == null ? 0 : number("offset", offset);
    try {
      return new ArrayInterface(
          shape,
          dtype,
          strides == null ? inOrder(shape, dtype) : numbers("strides", strides),
          memory,
          Math.addExact(start, moved));
    } catch (ArithmeticException e) {
      throw new FormatException(NAME + ": offset " + moved + " reaches beyond 64 bits", e);
    } catch (ShapeException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * {@return what Python code in this process needs to see the array, without a copy: {@code
   * version}, {@code shape}, {@code typestr}, {@code data} (address, and whether it is read-only)
   * and, unless it is in C order, {@code strides}} NumPy asks for tuples where lists are here:
   *
   * <pre>{@code
   * # Python
   * class Shared: __array_interface__ = {k: v if k in ("version", "typestr") else tuple(v)
   *                                      for k, v in fields.items()}
   * a = np.asarray(Shared())
   * }</pre>
   *
   * <p>An address keeps nothing alive: the memory must outlive its use in Python. Memory of an
   * arena lives until the arena is closed; that of {@code tensor.toHost()} as long as the host
   * array is reachable, which a {@link java.lang.ref.Reference#reachabilityFence} after the use
   * makes sure of.
   *
   * @throws ArgumentException if the memory is on the Java heap, and so has no address
   * @throws ClosedException if its arena is closed
   */
  public Map<String, Object> fields() {
    if (!memory.isNative()) {
      throw new ArgumentException(
          NAME
              + ": the memory is on the Java heap and has no address; copy it to an arena:"
              + " arena.allocate(bytes, 64).copyFrom(memory)");
    }
    if (!memory.scope().isAlive()) {
      throw Require.closed(NAME);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("version", 3L);
    fields.put("shape", LongStream.of(shape.dims()).boxed().toList());
    fields.put("typestr", dtype.descr());
    fields.put("data", List.of(memory.address() + offset, memory.isReadOnly()));
    if (shape.size() > 0 && !isIn(Order.C)) {
      fields.put("strides", strides);
    }
    return Collections.unmodifiableMap(fields);
  }

  private static List<Long> numbers(String field, @Nullable Object value) {
    List<Long> numbers = new ArrayList<>();
    switch (value) {
      case List<?> list -> list.forEach(item -> numbers.add(number(field, item)));
      case Object[] items -> Arrays.asList(items).forEach(item -> numbers.add(number(field, item)));
      case long[] items -> LongStream.of(items).forEach(numbers::add);
      case int[] items -> Arrays.stream(items).asLongStream().forEach(numbers::add);
      case null, default ->
          throw new FormatException(NAME + ": " + field + " is " + value + ", no list of integers");
    }
    return numbers;
  }

  private static long number(String field, @Nullable Object value) {
    if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      return ((Number) value).longValue();
    }
    throw new FormatException(NAME + ": " + field + " has " + value + ", which is no integer");
  }

  /** Strides in bytes in C order. */
  static List<Long> inOrder(Shape shape, NumPyDType dtype) {
    NpyHeader.requireAddresses(shape, dtype, NAME);
    return LongStream.of(shape.strides()).map(stride -> stride * dtype.bytes()).boxed().toList();
  }

  private static long[] array(List<Long> list) {
    return list.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * {@return the array} On the same memory, without a copy, where the elements lie one after the
   * other in C or Fortran order; else copied into C order.
   *
   * @throws ClosedException if the memory's arena is closed
   * @throws ArgumentException if the memory is another thread's alone
   */
  @Override
  public NumPyArray toNumPyArray() {
    Require.readable(NAME, memory);
    long bytes = shape.size() * dtype.bytes();
    if (shape.size() == 0) {
      return new NumPyArray(dtype, shape, Order.C, MemorySegment.NULL.asReadOnly());
    }
    for (Order order : Order.values()) {
      if (isIn(order)) {
        return new NumPyArray(dtype, shape, order, memory.asSlice(offset, bytes).asReadOnly());
      }
    }
    MemorySegment copy = NpyReader.allocate(bytes, NAME);
    try {
      Mapping.reading(memory, () -> copyAxis(0, offset, copy, 0));
    } catch (IllegalStateException e) {
      throw Require.closed(NAME);
    }
    return new NumPyArray(dtype, shape, Order.C, copy.asReadOnly());
  }

  /** Whether the elements follow each other in an order; axes of size 1 have no say. */
  private boolean isIn(Order order) {
    long expected = dtype.bytes();
    for (int i = 0; i < shape.rank(); i++) {
      int axis = order == Order.C ? shape.rank() - 1 - i : i;
      if (shape.dim(axis) != 1 && strides.get(axis) != expected) {
        return false;
      }
      expected *= shape.dim(axis);
    }
    return true;
  }

  /** Copies what lies along an axis and those after it; returns where the next goes. */
  private long copyAxis(int axis, long from, MemorySegment to, long at) {
    if (axis == shape.rank()) {
      MemorySegment.copy(memory, from, to, at, dtype.bytes());
      return at + dtype.bytes();
    }
    long stride = strides.get(axis);
    if (axis == shape.rank() - 1 && stride == dtype.bytes()) {
      long row = stride * shape.dim(axis);
      MemorySegment.copy(memory, from, to, at, row);
      return at + row;
    }
    for (long i = 0; i < shape.dim(axis); i++) {
      at = copyAxis(axis + 1, from + i * stride, to, at);
    }
    return at;
  }
}
