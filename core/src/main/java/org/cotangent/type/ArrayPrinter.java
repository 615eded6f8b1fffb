package org.cotangent.type;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongFunction;
import org.cotangent.error.ArgumentException;

/**
 * Prints arrays as NumPy 1.24 does under its default print options: the text of {@code print(a)}.
 * Arrays of more than 1000 elements show three at each end of an axis, and only those are read.
 *
 * {@snippet :
 * TensorType type = new TensorType(DType.FLOAT32, Shape.of(2, 3));
 * float[] elements = {0, 1, 2, 3, 4.5f, Float.NaN};
 * String text = ArrayPrinter.print(type, index -> elements[(int) index]);
 * // [[0.  1.  2. ]
 * //  [3.  4.5 nan]]
 * }
 */
public final class ArrayPrinter {
  private static final int THRESHOLD = 1000;
  private static final int EDGE_ITEMS = 3;
  private static final int LINE_WIDTH = 75;
  private static final String ELLIPSIS = "...";

  private final Shape shape;
  private final long[] strides;

  private ArrayPrinter(Shape shape) {
    this.shape = shape;
    this.strides = shape.strides();
  }

  /**
   * {@return the array as NumPy prints it}
   *
   * @param array any dtype and shape
   */
  public static String print(HostArray array) {
    return print(array.type(), array::get);
  }

  /**
   * {@return the array as NumPy prints it; each element shown is read once, in row-major order, and
   * no other}
   *
   * @param type dtype and shape
   * @param elements from the row-major index of an element, 0 to size - 1, to the element, boxed as
   *     {@link DType#holds} says
   */
  public static String print(TensorType type, LongFunction<?> elements) {
    Shape shape = type.shape();
    if (shape.size() == 0) {
      return "[]";
    }
    if (shape.rank() == 0) {
      return scalar(type.dtype(), element(type, elements, 0));
    }
    ArrayPrinter printer = new ArrayPrinter(shape);
    List<Object> shown = new ArrayList<>();
    printer.read(index -> element(type, elements, index), 0, 0, shown);
    return printer.block(0, words(type.dtype(), shown).iterator());
  }

  private static Object element(TensorType type, LongFunction<?> elements, long index) {
    Object element = elements.apply(index);
    Class<?> asked =
        type.dtype().isFloating() || type.dtype().isInteger() ? Number.class : Boolean.class;
    if (!asked.isInstance(element)) {
      throw new ArgumentException(
          "print: element %d of %s is %s; return a %s"
              .formatted(index, type, element, asked.getSimpleName()));
    }
    return element;
  }

  private static String scalar(DType dtype, Object value) {
    return switch (dtype) {
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
          FloatFormat.scalar(((Number) value).doubleValue(), dtype);
      case INT8, INT16, INT32, INT64, UINT8 -> value.toString();
      case BOOL -> (boolean) value ? "True" : "False";
    };
  }

  /** {@return the elements as equally long words} */
  private static List<String> words(DType dtype, List<Object> values) {
    return switch (dtype) {
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
          FloatFormat.words(
              values.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray(),
              dtype);
      case INT8, INT16, INT32, INT64, UINT8 -> {
        int width = values.stream().mapToInt(value -> value.toString().length()).max().orElse(0);
        yield values.stream()
            .map(value -> " ".repeat(width - value.toString().length()) + value)
            .toList();
      }
      case BOOL -> values.stream().map(value -> (boolean) value ? " True" : "False").toList();
    };
  }

  /** {@return how many indices in the middle of an axis are left out} */
  private long hidden(int axis) {
    return shape.size() > THRESHOLD ? Math.max(0, shape.dim(axis) - 2 * EDGE_ITEMS) : 0;
  }

  private void read(LongFunction<?> elements, int axis, long first, List<Object> into) {
    if (axis == shape.rank()) {
      into.add(elements.apply(first));
      return;
    }
    long hidden = hidden(axis);
    for (long i = 0; i < shape.dim(axis) - hidden; i++) {
      long index = i < EDGE_ITEMS ? i : i + hidden;
      read(elements, axis + 1, first + index * strides[axis], into);
    }
  }

  /** {@return the next subarray in brackets, taking its words from the front} */
  private String block(int axis, Iterator<String> words) {
    if (axis == shape.rank() - 1) {
      return row(axis, words);
    }
    List<String> blocks = new ArrayList<>();
    long hidden = hidden(axis);
    for (long i = 0; i < shape.dim(axis) - hidden; i++) {
      if (i == EDGE_ITEMS && hidden > 0) {
        blocks.add(ELLIPSIS);
      }
      blocks.add(block(axis + 1, words));
    }
    String separator = "\n".repeat(shape.rank() - 1 - axis) + " ".repeat(axis + 1);
    return "[" + String.join(separator, blocks) + "]";
  }

  /** {@return the next row in brackets, wrapped so that all closing brackets still fit} */
  private String row(int axis, Iterator<String> words) {
    int indent = axis + 1;
    StringBuilder text = new StringBuilder("[");
    StringBuilder line = new StringBuilder();
    long hidden = hidden(axis);
    for (long i = 0; i < shape.dim(axis) - hidden; i++) {
      if (i == EDGE_ITEMS && hidden > 0) {
        append(text, line, ELLIPSIS, indent);
      }
      append(text, line, words.next(), indent);
    }
    return text.append(line).append(']').toString();
  }

  /** Adds a word to the line; a full line goes to the text first. */
  private static void append(StringBuilder text, StringBuilder line, String word, int indent) {
    if (!line.isEmpty()) {
      // There are as many brackets to close as columns of indent.
      if (indent + line.length() + 1 + word.length() > LINE_WIDTH - indent) {
        text.append(line.toString().stripTrailing()).append('\n').append(" ".repeat(indent));
        line.setLength(0);
      } else {
        line.append(' ');
      }
    }
    line.append(word);
  }
}
