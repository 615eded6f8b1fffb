package org.cotangent.nn;

import java.util.Arrays;
import java.util.List;
import org.cotangent.Cotangent;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/**
 * Convolution over one to three axes, with PyTorch's meaning: cross-correlation, {@code y[n, o, i]
 * = sum x[n, c, i * stride + j * dilation - padding] w[o, c, j]}.
 *
 * <p>Inputs are (N, C, spatial axes), or (N, spatial axes, C) if channels are last; weights are (O,
 * C / groups, spatial axes) for both. The windows are a view; one product of matrices contracts it
 * with the weights, for which a backend may lay out the windows, N * C * windows * weights' size
 * numbers.
 *
 * {@snippet :
 * Tensor y = Convolution.of(2).withStride(2).withPadding(1).apply(x, state.w());
 * }
 *
 * @param axes how many spatial ones, 1 to 3
 * @param stride from a window to the next, for each axis
 * @param padding zeros before and after each axis
 * @param dilation from an element of a window to the next, for each axis
 * @param groups of channels that do not mix
 * @param channelsLast whether channels are the last axis of inputs and results
 */
public record Convolution(
    int axes,
    List<Long> stride,
    List<Long> padding,
    List<Long> dilation,
    int groups,
    boolean channelsLast) {
  /** Checks the numbers. */
  public Convolution {
    Sliding.axes("convolution", axes);
    stride = Sliding.checked("convolution", "stride", axes, 1, stride);
    padding = Sliding.checked("convolution", "padding", axes, 0, padding);
    dilation = Sliding.checked("convolution", "dilation", axes, 1, dilation);
    if (groups < 1) {
      throw new ArgumentException("convolution: " + groups + " groups; pass at least 1");
    }
  }

  /**
   * {@return a convolution with stride 1, no padding, no dilation, one group, channels first}
   *
   * @param axes how many spatial ones, 1 to 3
   */
  public static Convolution of(int axes) {
    Sliding.axes("convolution", axes);
    return new Convolution(
        axes, Sliding.all(axes, 1), Sliding.all(axes, 0), Sliding.all(axes, 1), 1, false);
  }

  /**
   * {@return this with other strides}
   *
   * @param stride one for all axes, or one for each
   */
  public Convolution withStride(long... stride) {
    return new Convolution(
        axes,
        Sliding.list("convolution", "stride", axes, stride),
        padding,
        dilation,
        groups,
        channelsLast);
  }

  /**
   * {@return this with zeros around}
   *
   * @param padding before and after: one for all axes, or one for each
   */
  public Convolution withPadding(long... padding) {
    return new Convolution(
        axes,
        stride,
        Sliding.list("convolution", "padding", axes, padding),
        dilation,
        groups,
        channelsLast);
  }

  /**
   * {@return this with gaps in the windows}
   *
   * @param dilation one for all axes, or one for each
   */
  public Convolution withDilation(long... dilation) {
    return new Convolution(
        axes,
        stride,
        padding,
        Sliding.list("convolution", "dilation", axes, dilation),
        groups,
        channelsLast);
  }

  /**
   * {@return this with channels in groups that do not mix}
   *
   * @param groups a divisor of the channels of input and result
   */
  public Convolution withGroups(int groups) {
    return new Convolution(axes, stride, padding, dilation, groups, channelsLast);
  }

  /** {@return this for channels on the last axis} */
  public Convolution withChannelsLast() {
    return new Convolution(axes, stride, padding, dilation, groups, true);
  }

  /**
   * {@return the convolution of one axis, see {@link #of}}
   *
   * @param x (N, C, L)
   * @param weight (O, C, K)
   */
  @Peers(jax = "jax.lax.conv", torch = "F.conv1d")
  public static Tensor conv1d(Tensor x, Tensor weight) {
    return of(1).apply(x, weight);
  }

  /**
   * {@return the convolution of two axes, see {@link #of}}
   *
   * @param x (N, C, H, W)
   * @param weight (O, C, K, L)
   */
  @Peers(jax = "jax.lax.conv", torch = "F.conv2d")
  public static Tensor conv2d(Tensor x, Tensor weight) {
    return of(2).apply(x, weight);
  }

  /**
   * {@return the convolution of three axes, see {@link #of}}
   *
   * @param x (N, C, D, H, W)
   * @param weight (O, C, J, K, L)
   */
  @Peers(jax = "jax.lax.conv", torch = "F.conv3d")
  public static Tensor conv3d(Tensor x, Tensor weight) {
    return of(3).apply(x, weight);
  }

  /**
   * {@return the convolution plus a bias for each channel of the result}
   *
   * @param x float or integer, (N, C, spatial axes), or channels last
   * @param weight (O, C / groups, spatial axes) of x's dtype
   * @param bias (O) of x's dtype
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ
   */
  public Tensor apply(Tensor x, Tensor weight, Tensor bias) {
    String name = name();
    require(name, x, weight);
    Functions.same(name, "bias", bias, x.dtype());
    Functions.shaped(name, "bias", bias, Shape.of(weight.shape().dim(0)));
    return Tensor.composed(
        name, this, in -> convolved(in.get(0), in.get(1)).add(along(in.get(2))), x, weight, bias);
  }

  /** A number for each channel, to be broadcast. */
  private Tensor along(Tensor vector) {
    if (channelsLast) {
      return vector;
    }
    long[] dims = new long[axes + 1];
    Arrays.fill(dims, 1);
    dims[0] = vector.size();
    return vector.reshape(dims);
  }

  /**
   * {@return the convolution}
   *
   * @param x float or integer, (N, C, spatial axes), or channels last
   * @param weight (O, C / groups, spatial axes) of x's dtype
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ
   */
  public Tensor apply(Tensor x, Tensor weight) {
    String name = name();
    require(name, x, weight);
    return Tensor.composed(name, this, in -> convolved(in.get(0), in.get(1)), x, weight);
  }

  private String name() {
    return "conv" + axes + "d";
  }

  private void require(String name, Tensor x, Tensor weight) {
    Sliding.require(name, axes, x);
    Functions.same(name, "weight", weight, x.dtype());
    if (weight.rank() != axes + 2) {
      throw new ShapeException(
          "%s: the weight is %s; it needs %d axes: (O, C / groups, spatial axes)"
              .formatted(name, weight.type(), axes + 2));
    }
    long channels = x.shape().dim(channelsLast ? axes + 1 : 1);
    long out = weight.shape().dim(0);
    if (channels % groups != 0 || out % groups != 0) {
      throw new ShapeException(
          "%s: %d groups do not divide the %d channels of the input %s and the %d of the result"
              .formatted(name, groups, channels, x.type(), out));
    }
    if (weight.shape().dim(1) != channels / groups) {
      throw new ShapeException(
          "%s: the weight %s has %d channels, the input %s has %d in each of %d groups"
              .formatted(
                  name, weight.type(), weight.shape().dim(1), x.type(), channels / groups, groups));
    }
    for (int i = 0; i < axes; i++) {
      long length = x.shape().dim(i + (channelsLast ? 1 : 2)) + 2 * padding.get(i);
      Sliding.requireFit(name, i, length, weight.shape().dim(i + 2), dilation.get(i), x);
    }
  }

  /** (N, C, spatial) or (N, spatial, C); the result likewise. */
  private Tensor convolved(Tensor x, Tensor weight) {
    long[] sizes = Arrays.copyOfRange(weight.shape().dims(), 2, axes + 2);
    Tensor padded = Sliding.padded(channelsLast ? x.moveAxis(-1, 1) : x, padding, 0);
    Tensor windows = Sliding.windows(padded, sizes, stride, dilation);
    long[] places = Arrays.copyOfRange(windows.shape().dims(), 2, axes + 2);
    long batch = windows.shape().dim(0);
    long out = weight.shape().dim(0);
    long each = weight.shape().dim(1);
    Tensor product =
        Tensor.einsum(
            subscripts(),
            windows.reshape(Sliding.join(places, sizes, batch, groups, each)),
            weight.reshape(Sliding.join(new long[0], sizes, groups, out / groups, each)));
    return product.reshape(
        channelsLast
            ? Sliding.join(places, new long[] {out}, batch)
            : Sliding.join(places, new long[0], batch, out));
  }

  /** Groups g, channels c, windows xyz, elements of a window uvw, results o. */
  private String subscripts() {
    String windows = "xyz".substring(0, axes);
    String elements = "uvw".substring(0, axes);
    String result = channelsLast ? "n" + windows + "go" : "ngo" + windows;
    return "ngc" + windows + elements + ",goc" + elements + "->" + result;
  }

  /**
   * {@return the transposed convolution: the cotangent of the input of {@link #apply}, where x is
   * that of its result} Its spatial axes have length {@code (L - 1) stride + dilation (K - 1) + 1 -
   * 2 padding}, plus what is added at the end.
   *
   * @param x float, (N, O, spatial axes), or channels last
   * @param weight (O, C / groups, spatial axes) of x's dtype, PyTorch's order for transposed ones
   * @param added at the end of each axis, below its stride: none, one for all axes or one for each
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ, or x is no float
   */
  @Peers(jax = "jax.lax.conv_transpose", torch = "F.conv_transpose2d")
  public Tensor transposed(Tensor x, Tensor weight, long... added) {
    String name = "convTranspose" + axes + "d";
    Functions.floating(name, x);
    Sliding.require(name, axes, x);
    Functions.same(name, "weight", weight, x.dtype());
    List<Long> more =
        added.length == 0
            ? Sliding.all(axes, 0)
            : Sliding.list("convolution", "what is added", axes, added);
    long out = x.shape().dim(channelsLast ? axes + 1 : 1);
    if (weight.rank() != axes + 2 || weight.shape().dim(0) != out || out % groups != 0) {
      throw new ShapeException(
          "%s: the weight is %s for the input %s in %d groups; it needs shape (%d, C / groups,"
                  .formatted(name, weight.type(), x.type(), groups, out)
              + " spatial axes), and groups that divide the channels");
    }
    long[] dims = x.shape().dims();
    dims[channelsLast ? axes + 1 : 1] = Math.multiplyExact(weight.shape().dim(1), groups);
    for (int i = 0; i < axes; i++) {
      int axis = i + (channelsLast ? 1 : 2);
      long length =
          (x.shape().dim(axis) - 1) * stride.get(i)
              + dilation.get(i) * (weight.shape().dim(i + 2) - 1)
              + 1
              - 2 * padding.get(i)
              + more.get(i);
      if (x.shape().dim(axis) < 1
          || length < 1
          || more.get(i) < 0
          || more.get(i) >= stride.get(i)) {
        throw new ShapeException(
            "%s: axis %d of %s would have length %d with %d added; what is added is from 0 to below"
                    .formatted(name, axis, x.type(), length, more.get(i))
                + " the stride, and there must be elements");
      }
      dims[axis] = length;
    }
    return Tensor.composed(
        name,
        List.of(this, more),
        in -> {
          Tensor zeros = in.get(0).sum().zerosLike().broadcastTo(dims);
          return Cotangent.<Tensor, Tensor>vjp(
                  input -> convolved(input, in.get(1)), zeros, in.get(0))
              .cotangent();
        },
        x,
        weight);
  }
}
