package org.cotangent.nn;

import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;

/**
 * Activations of float tensors, element by element; {@code relu}, {@code tanh}, {@code sigmoid} and
 * {@code softplus} are methods of {@link Tensor}. Names, defaults and formulas are PyTorch's.
 */
public final class Activations {
  private static final double SELU_SCALE = 1.0507009873554805;
  private static final double SELU_ALPHA = 1.6732632423543772;

  private Activations() {}

  /**
   * {@return x Φ(x), with the normal distribution function Φ (Hendrycks and Gimpel, 2016)} NaN at
   * minus infinity, as in PyTorch.
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.gelu", torch = "F.gelu")
  public static Tensor gelu(Tensor x) {
    // By erfc of minus x, which keeps its digits where Φ is small.
    return Functions.call(
        "gelu", "", in -> in.get(0).mul(0.5).mul(in.get(0).mul(-Math.sqrt(0.5)).erfc()), x);
  }

  /**
   * {@return {@code x / 2 (1 + tanh(sqrt(2 / π) (x + 0.044715 x³)))}, close to {@link #gelu}}
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.gelu", torch = "F.gelu")
  public static Tensor geluTanh(Tensor x) {
    return Functions.call(
        "geluTanh",
        "",
        in -> {
          Tensor wide = in.get(0);
          Tensor inner =
              wide.add(wide.square().mul(wide).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
          return wide.mul(0.5).mul(inner.tanh().add(1));
        },
        x);
  }

  /**
   * {@return x sigmoid(x), also called swish}
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.silu", torch = "F.silu")
  public static Tensor silu(Tensor x) {
    return Functions.call("silu", "", in -> in.get(0).mul(in.get(0).sigmoid()), x);
  }

  /**
   * {@return x where it is positive, else {@code alpha (exp(x) - 1)}}
   *
   * @param x float, of any shape
   * @param alpha minus the limit; PyTorch's is 1
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.elu", torch = "F.elu")
  public static Tensor elu(Tensor x, double alpha) {
    Functions.finite("elu", "alpha", alpha);
    return Functions.call("elu", alpha, in -> elu(in.get(0), alpha, 1), x);
  }

  /**
   * {@return {@link #elu} with the scale and alpha that keep mean and variance (Klambauer and
   * others, 2017)}
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.selu", torch = "F.selu")
  public static Tensor selu(Tensor x) {
    return Functions.call("selu", "", in -> elu(in.get(0), SELU_ALPHA, SELU_SCALE), x);
  }

  /** The side that is not selected must be finite: its derivative is multiplied by 0. */
  private static Tensor elu(Tensor wide, double alpha, double scale) {
    return wide.greater(0).where(wide.mul(scale), wide.minimum(0).expm1().mul(scale * alpha));
  }

  /**
   * {@return x where it is positive, else {@code slope x}}
   *
   * @param x float, of any shape
   * @param slope of the negative side; PyTorch's is 0.01
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.leaky_relu", torch = "F.leaky_relu")
  public static Tensor leakyRelu(Tensor x, double slope) {
    Functions.finite("leakyRelu", "slope", slope);
    return Functions.call(
        "leakyRelu", slope, in -> in.get(0).greater(0).where(in.get(0), in.get(0).mul(slope)), x);
  }

  /**
   * {@return {@code x min(max(x + 3, 0), 6) / 6} (Howard and others, 2019)}
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.hard_swish", torch = "F.hardswish")
  public static Tensor hardSwish(Tensor x) {
    return Functions.call(
        "hardSwish", "", in -> in.get(0).mul(in.get(0).add(3).clamp(0, 6)).div(6), x);
  }

  /**
   * {@return x tanh(softplus(x)) (Misra, 2019)}
   *
   * @param x float, of any shape
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.mish", torch = "F.mish")
  public static Tensor mish(Tensor x) {
    return Functions.call("mish", "", in -> in.get(0).mul(in.get(0).softplus().tanh()), x);
  }

  /**
   * {@return a sigmoid(b), where x is a and b one after the other along an axis (Dauphin and
   * others, 2016)}
   *
   * @param x float, of an even length along the axis
   * @param axis along which; negative ones count from the end
   * @throws ShapeException if there is no such axis, or its length is odd
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "jax.nn.glu", torch = "F.glu")
  public static Tensor glu(Tensor x, int axis) {
    Functions.floating("glu", x);
    int which = x.shape().axis("glu", axis);
    long length = x.shape().dim(which);
    if (length % 2 != 0) {
      throw new ShapeException(
          "glu: axis " + axis + " of " + x.type() + " has an odd length; it is cut into halves");
    }
    return Functions.call(
        "glu",
        which,
        in ->
            in.get(0)
                .slice(which, 0, length / 2)
                .mul(in.get(0).slice(which, length / 2, length).sigmoid()),
        x);
  }
}
