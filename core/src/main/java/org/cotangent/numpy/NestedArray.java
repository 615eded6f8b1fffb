package org.cotangent.numpy;

import static java.util.Map.entry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * An array of arrays, as Java has those of several axes. The first element of the first row and so
 * on says what all rows must be: how deep, how long, of which class. What goes by no first element,
 * because there is none, is said by the class: {@code new float[0][]} is float32 of shape (0, 0).
 */
final class NestedArray {
  private static final String NAME = "of: ";

  private static final Map<Class<?>, NumPyDType.Element> ELEMENTS =
      Map.ofEntries(
          entry(float.class, NumPyDType.Element.FLOAT32),
          entry(Float.class, NumPyDType.Element.FLOAT32),
          entry(double.class, NumPyDType.Element.FLOAT64),
          entry(Double.class, NumPyDType.Element.FLOAT64),
          entry(int.class, NumPyDType.Element.INT32),
          entry(Integer.class, NumPyDType.Element.INT32),
          entry(long.class, NumPyDType.Element.INT64),
          entry(Long.class, NumPyDType.Element.INT64),
          entry(short.class, NumPyDType.Element.INT16),
          entry(Short.class, NumPyDType.Element.INT16),
          entry(byte.class, NumPyDType.Element.INT8),
          entry(Byte.class, NumPyDType.Element.INT8),
          entry(boolean.class, NumPyDType.Element.BOOL),
          entry(Boolean.class, NumPyDType.Element.BOOL));

  private final NumPyDType.Element element;
  private final Shape shape;
  private final MemorySegment data;

  /** Where the walk is: an index for each axis. */
  private final long[] index;

  /** Bytes that are filled. */
  private long filled;

  private NestedArray(NumPyDType.Element element, Shape shape) {
    this.element = element;
    this.shape = shape;
    this.data = NpyReader.allocate(shape.size() * element.bytes(), "of");
    this.index = new long[shape.rank()];
  }

  /**
   * {@return a copy in C order}
   *
   * @param nested arrays of arrays of numbers or truth values, boxed or not
   * @throws ShapeException if rows differ in length or depth, or there are more levels than axes
   * @throws DTypeException if elements are no numbers, or of several classes
   * @throws ArgumentException if a row or an element is null
   */
  static NumPyArray of(Object[] nested) {
    NestedArray array = likeFirst(nested);
    array.fill(nested, 0);
    NumPyDType dtype = new NumPyDType(array.element, ByteOrder.nativeOrder());
    return new NumPyArray(dtype, array.shape, Order.C, array.data.asReadOnly());
  }

  private static NestedArray likeFirst(Object[] nested) {
    List<Long> dims = new ArrayList<>();
    Object first = nested;
    // An array may hold itself, so one level more than there can be is enough.
    while (dims.size() <= NpyHeader.MAX_RANK
        && first.getClass().isArray()
        && Array.getLength(first) > 0) {
      dims.add((long) Array.getLength(first));
      first = Array.get(first, 0);
      if (first == null) {
        throw isNull("[0]".repeat(dims.size()));
      }
    }
    Class<?> type = first.getClass();
    while (type.isArray()) {
      dims.add(0L);
      type = type.componentType();
    }
    if (dims.size() > NpyHeader.MAX_RANK) {
      throw new ShapeException(
          NAME + "arrays in arrays; at most " + NpyHeader.MAX_RANK + " levels are read");
    }
    NumPyDType.Element element = ELEMENTS.get(type);
    if (element == null) {
      throw new DTypeException(
          NAME
              + (dims.getLast() == 0 ? "an empty array of " : "[0]".repeat(dims.size()) + " is a ")
              + type.getSimpleName()
              + ", which has no dtype; pass numbers or truth values");
    }
    return new NestedArray(element, Shape.of(dims.stream().mapToLong(Long::longValue).toArray()));
  }

  /** Copies what an index along an axis leads to. */
  private void fill(@Nullable Object item, int axis) {
    if (item == null) {
      throw isNull(position(axis));
    }
    if (axis == shape.rank()) {
      fillElement(item);
      return;
    }
    requireLength(item, axis);
    if (item instanceof Object[] items) {
      for (int i = 0; i < items.length; i++) {
        index[axis] = i;
        fill(items[i], axis + 1);
      }
    } else if (axis + 1 < shape.rank()) {
      throw ragged(axis, "is a " + name(item), "is deeper");
    } else {
      requireElement(item.getClass().componentType(), axis);
      fillRow(item);
    }
  }

  private void requireLength(Object row, int axis) {
    if (!row.getClass().isArray()) {
      throw ragged(axis, "is a " + name(row), "has " + shape.dim(axis) + " elements");
    }
    int length = Array.getLength(row);
    if (length != shape.dim(axis)) {
      throw ragged(axis, "has " + length + " elements", "has " + shape.dim(axis));
    }
    // Of what is empty only the class can be compared.
    if (length == 0) {
      int depth = 1;
      Class<?> type = row.getClass().componentType();
      for (; type.isArray(); depth++) {
        type = type.componentType();
      }
      if (axis + depth != shape.rank()) {
        throw ragged(axis, "is an empty " + name(row), "has another depth");
      }
      requireElement(type, axis);
    }
  }

  private void requireElement(Class<?> type, int axes) {
    if (ELEMENTS.get(type) != element) {
      throw new DTypeException(
          "%s%s is of %s, %s of %s; convert one, so that all have one class"
              .formatted(NAME, position(axes), type.getSimpleName(), "[0]".repeat(axes), element));
    }
  }

  private void fillElement(Object item) {
    int axes = shape.rank();
    if (item.getClass().isArray()) {
      throw ragged(axes, "is a " + name(item), "is a number");
    }
    requireElement(item.getClass(), axes);
    switch (item) {
      case Float f -> data.set(ValueLayout.JAVA_FLOAT, filled, f);
      case Double d -> data.set(ValueLayout.JAVA_DOUBLE, filled, d);
      case Integer i -> data.set(ValueLayout.JAVA_INT, filled, i);
      case Long l -> data.set(ValueLayout.JAVA_LONG, filled, l);
      case Short s -> data.set(ValueLayout.JAVA_SHORT, filled, s);
      case Byte b -> data.set(ValueLayout.JAVA_BYTE, filled, b);
      case Boolean b -> data.set(ValueLayout.JAVA_BOOLEAN, filled, b);
      default -> throw new AssertionError(item.getClass());
    }
    filled += element.bytes();
  }

  private void fillRow(Object row) {
    MemorySegment source =
        switch (row) {
          case float[] a -> MemorySegment.ofArray(a);
          case double[] a -> MemorySegment.ofArray(a);
          case int[] a -> MemorySegment.ofArray(a);
          case long[] a -> MemorySegment.ofArray(a);
          case short[] a -> MemorySegment.ofArray(a);
          case byte[] a -> MemorySegment.ofArray(a);
          case boolean[] a -> bytes(a);
          default -> throw new AssertionError(row.getClass());
        };
    MemorySegment.copy(source, 0, data, filled, source.byteSize());
    filled += source.byteSize();
  }

  /** {@return one byte for each truth value} */
  static MemorySegment bytes(boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return MemorySegment.ofArray(bytes);
  }

  private ShapeException ragged(int axes, String here, String first) {
    return new ShapeException(
        "%sragged: %s %s, %s %s; pad the rows or pass each alone"
            .formatted(NAME, position(axes), here, "[0]".repeat(axes), first));
  }

  private static ArgumentException isNull(String position) {
    return new ArgumentException(NAME + position + " is null; fill it");
  }

  private static String name(Object item) {
    return item.getClass().getSimpleName();
  }

  private String position(int axes) {
    return LongStream.of(index)
        .limit(axes)
        .mapToObj(i -> "[" + i + "]")
        .collect(Collectors.joining());
  }
}
