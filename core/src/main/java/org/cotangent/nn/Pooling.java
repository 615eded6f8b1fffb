package org.cotangent.nn;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;

/**
 * Pooling over one to three axes: the largest element or the mean of each window. Inputs are (N, C,
 * spatial axes), or (N, spatial axes, C) if channels are last.
 *
 * @param size of a window, for each axis
 * @param stride from a window to the next, for each axis
 * @param padding before and after each axis, at most half the size: never the largest element, and
 *     zeros that count for the mean
 * @param dilation from an element of a window to the next, for each axis
 * @param channelsLast whether channels are the last axis of inputs and results
 */
public record Pooling(
    List<Long> size,
    List<Long> stride,
    List<Long> padding,
    List<Long> dilation,
    boolean channelsLast) {
  /** Checks the numbers. */
  public Pooling {
    int axes = size.size();
    Sliding.axes("pooling", axes);
    size = Sliding.checked("pooling", "size", axes, 1, size);
    stride = Sliding.checked("pooling", "stride", axes, 1, stride);
    padding = Sliding.checked("pooling", "padding", axes, 0, padding);
    dilation = Sliding.checked("pooling", "dilation", axes, 1, dilation);
    for (int i = 0; i < axes; i++) {
      if (padding.get(i) > size.get(i) / 2) {
        throw new ArgumentException(
            "pooling: padding %s is more than half of size %s; a window would have padding alone"
                .formatted(padding, size));
      }
    }
  }

  /**
   * {@return pooling of windows side by side: the stride is their size}
   *
   * @param size of a window, for each spatial axis
   */
  public static Pooling of(long... size) {
    Sliding.axes("pooling", size.length);
    List<Long> sizes = Sliding.list("pooling", "size", size.length, size);
    int axes = size.length;
    return new Pooling(sizes, sizes, Sliding.all(axes, 0), Sliding.all(axes, 1), false);
  }

  /**
   * {@return this with other strides}
   *
   * @param stride one for all axes, or one for each
   */
  public Pooling withStride(long... stride) {
    return new Pooling(
        size,
        Sliding.list("pooling", "stride", size.size(), stride),
        padding,
        dilation,
        channelsLast);
  }

  /**
   * {@return this with padding}
   *
   * @param padding before and after: one for all axes, or one for each
   */
  public Pooling withPadding(long... padding) {
    return new Pooling(
        size,
        stride,
        Sliding.list("pooling", "padding", size.size(), padding),
        dilation,
        channelsLast);
  }

  /**
   * {@return this with gaps in the windows}
   *
   * @param dilation one for all axes, or one for each
   */
  public Pooling withDilation(long... dilation) {
    return new Pooling(
        size,
        stride,
        padding,
        Sliding.list("pooling", "dilation", size.size(), dilation),
        channelsLast);
  }

  /** {@return this for channels on the last axis} */
  public Pooling withChannelsLast() {
    return new Pooling(size, stride, padding, dilation, true);
  }

  /**
   * {@return the largest element of each window, NaN if there is one} Elements that tie share the
   * derivative equally.
   *
   * @param x float, (N, C, spatial axes), or channels last
   * @throws ShapeException if x has another rank, or no window fits
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "flax.linen.max_pool", torch = "F.max_pool2d")
  public Tensor max(Tensor x) {
    return pooled("maxPool", Double.NEGATIVE_INFINITY, Tensor::max, x);
  }

  /**
   * {@return the mean of each window, padding included as zeros}
   *
   * @param x float, (N, C, spatial axes), or channels last
   * @throws ShapeException if x has another rank, or no window fits
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "flax.linen.avg_pool", torch = "F.avg_pool2d")
  public Tensor average(Tensor x) {
    return pooled("averagePool", 0, Tensor::mean, x);
  }

  private Tensor pooled(
      String kind, double outside, BiFunction<Tensor, int[], Tensor> reduce, Tensor x) {
    String name = kind + size.size() + "d";
    require(name, x);
    return Functions.call(
        name,
        this,
        in -> {
          Tensor windows = windows(in.get(0), outside);
          Tensor y = reduce.apply(windows, elements(windows));
          return channelsLast ? y.moveAxis(1, -1) : y;
        },
        x);
  }

  private Tensor windows(Tensor x, double value) {
    Tensor padded = Sliding.padded(channelsLast ? x.moveAxis(-1, 1) : x, padding, value);
    long[] sizes = size.stream().mapToLong(Long::longValue).toArray();
    return Sliding.windows(padded, sizes, stride, dilation);
  }

  private int[] elements(Tensor windows) {
    return IntStream.range(2 + size.size(), windows.rank()).toArray();
  }

  private void require(String name, Tensor x) {
    Sliding.require(name, size.size(), x);
    Functions.floating(name, x);
    for (int i = 0; i < size.size(); i++) {
      long length = x.shape().dim(i + (channelsLast ? 1 : 2)) + 2 * padding.get(i);
      Sliding.requireFit(name, i, length, size.get(i), dilation.get(i), x);
    }
  }
}
