package org.cotangent.nn;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;

/** What convolution and pooling share: numbers for each spatial axis, padding and windows. */
final class Sliding {
  private Sliding() {}

  static void axes(String name, int axes) {
    if (axes < 1 || axes > 3) {
      throw new ArgumentException(name + ": " + axes + " spatial axes; pass 1 to 3");
    }
  }

  static List<Long> all(int axes, long value) {
    return Collections.nCopies(axes, value);
  }

  /** From one number for all axes, or one for each. */
  static List<Long> list(String name, String what, int axes, long... values) {
    if (values.length != 1 && values.length != axes) {
      throw new ArgumentException(
          "%s: %s has %d numbers %s; pass 1, or %d, one for each spatial axis"
              .formatted(name, what, values.length, Arrays.toString(values), axes));
    }
    return values.length == 1 ? all(axes, values[0]) : Arrays.stream(values).boxed().toList();
  }

  static List<Long> checked(String name, String what, int axes, long least, List<Long> values) {
    if (values == null
        || values.size() != axes
        || values.stream().anyMatch(value -> value == null || value < least)) {
      throw new ArgumentException(
          "%s: %s is %s; it has %d numbers, each at least %d"
              .formatted(name, what, values, axes, least));
    }
    return List.copyOf(values);
  }

  static void require(String name, int axes, Tensor x) {
    Functions.required(name, "input", x);
    if (x.rank() != axes + 2) {
      throw new ShapeException(
          "%s: the input is %s; it needs %d axes: batch, channels and %d spatial ones"
              .formatted(name, x.type(), axes + 2, axes));
    }
  }

  static void requireFit(String name, int axis, long length, long size, long dilation, Tensor x) {
    if (size < 1 || dilation * (size - 1) + 1 > length) {
      throw new ShapeException(
          "%s: a window of %d elements at distance %d does not fit into the %d of spatial axis %d of"
                  .formatted(name, size, dilation, length, axis)
              + " the padded input "
              + x.type()
              + "; pad more, or take a smaller one");
    }
  }

  /** Of (N, C, spatial axes). */
  static Tensor padded(Tensor x, List<Long> padding, double value) {
    if (padding.stream().allMatch(width -> width == 0)) {
      return x;
    }
    long[] widths = new long[2 * x.rank()];
    for (int i = 0; i < padding.size(); i++) {
      widths[2 * (i + 2)] = padding.get(i);
      widths[2 * (i + 2) + 1] = padding.get(i);
    }
    return x.pad(value, widths);
  }

  /** (N, C, spatial axes) as (N, C, windows, elements of a window), as many axes of each. */
  static Tensor windows(Tensor x, long[] sizes, List<Long> stride, List<Long> dilation) {
    Tensor windows = x;
    for (int i = 0; i < sizes.length; i++) {
      windows = windows.windows(i + 2, sizes[i], stride.get(i), dilation.get(i));
    }
    return windows;
  }

  /** Some sizes, then others and yet others. */
  static long[] join(long[] second, long[] third, long... first) {
    long[] all = Arrays.copyOf(first, first.length + second.length + third.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    System.arraycopy(third, 0, all, first.length + second.length, third.length);
    return all;
  }
}
