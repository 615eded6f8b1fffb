package org.cotangent.nn;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/**
 * Normalisations: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}, which differ in
 * what they take mean and variance of. The variance is the biased one, by the two-pass formula.
 */
public final class Normalization {
  private Normalization() {}

  /**
   * {@return x normalised over its last axes: those of the weight}
   *
   * @param x float, (..., shape of the weight)
   * @param weight of x's dtype
   * @param bias of the weight's type
   * @param epsilon added to the variance, above 0; PyTorch's is 1e-5
   * @throws ShapeException if the last axes are not the weight's, or the bias has another shape
   * @throws DTypeException if x is no float, or the dtypes differ
   */
  @Peers(jax = "flax.nnx.LayerNorm", torch = "F.layer_norm")
  public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
    String name = "layerNorm";
    int[] axes = trailing(name, x, weight);
    Functions.same(name, "bias", bias, x.dtype());
    Functions.shaped(name, "bias", bias, weight.shape());
    Functions.positive(name, "epsilon", epsilon);
    return Functions.call(
        name,
        epsilon,
        in -> normalized(in.get(0), epsilon, axes).mul(in.get(1)).add(in.get(2)),
        x,
        weight,
        bias);
  }

  /**
   * {@return {@code x / sqrt(mean(x²) + epsilon) * weight}, over the last axes of x: those of the
   * weight} (Zhang and Sennrich, 2019.)
   *
   * @param x float, (..., shape of the weight)
   * @param weight of x's dtype
   * @param epsilon added to the mean square, above 0
   * @throws ShapeException if the last axes are not the weight's
   * @throws DTypeException if x is no float, or the dtypes differ
   */
  @Peers(jax = "flax.nnx.RMSNorm", torch = "F.rms_norm")
  public static Tensor rmsNorm(Tensor x, Tensor weight, double epsilon) {
    String name = "rmsNorm";
    int[] axes = trailing(name, x, weight);
    Functions.positive(name, "epsilon", epsilon);
    return Functions.call(
        name,
        epsilon,
        in -> {
          Tensor wide = in.get(0);
          Tensor square = kept(wide.square().mean(axes), wide, axes);
          return wide.mul(square.add(epsilon).rsqrt()).mul(in.get(1));
        },
        x,
        weight);
  }

  /**
   * {@return x normalised in groups of channels}
   *
   * @param x float, (N, C, ...)
   * @param groups how many; a divisor of C
   * @param weight (C) of x's dtype
   * @param bias (C) of x's dtype
   * @param epsilon added to the variance, above 0
   * @throws ShapeException if the groups do not divide the channels, or weight or bias is not (C)
   * @throws DTypeException if x is no float, or the dtypes differ
   */
  @Peers(jax = "flax.nnx.GroupNorm", torch = "F.group_norm")
  public static Tensor groupNorm(Tensor x, int groups, Tensor weight, Tensor bias, double epsilon) {
    String name = "groupNorm";
    Shape channels = channels(name, x);
    affine(name, x, channels, weight, bias);
    Functions.positive(name, "epsilon", epsilon);
    if (groups < 1 || channels.dim(0) % groups != 0) {
      throw new ShapeException(
          "groupNorm: %d groups do not divide the %d channels of %s"
              .formatted(groups, channels.dim(0), x.type()));
    }
    return Functions.call(
        name,
        List.of(groups, epsilon),
        in -> {
          Tensor wide = in.get(0);
          long each = wide.shape().dim(0) * groups;
          Tensor grouped = wide.reshape(each, each == 0 ? 1 : wide.size() / each);
          Tensor normal = normalized(grouped, epsilon, 1).reshape(wide.shape().dims());
          return scaled(normal, in.get(1), in.get(2));
        },
        x,
        weight,
        bias);
  }

  /**
   * What batch normalisation makes; a tree.
   *
   * @param result of x's type
   * @param mean (C), of each channel over the batch
   * @param variance (C), biased
   */
  public record Batch(Tensor result, Tensor mean, Tensor variance) {
    /**
     * {@return running statistics after this batch} As PyTorch's: the variance that is kept is
     * unbiased.
     *
     * @param running the statistics before
     * @param momentum weight of the batch; PyTorch's is 0.1
     */
    public Statistics into(Statistics running, double momentum) {
      Functions.finite("batchNorm", "momentum", momentum);
      if (result.rank() < 2) {
        throw new ShapeException(
            "batchNorm: the result is " + result.type() + "; it has batch and channels at least");
      }
      long n = result.shape().dim(1) == 0 ? 0 : result.size() / result.shape().dim(1);
      Tensor unbiased = variance.mul(n / (double) Math.max(1, n - 1));
      return new Statistics(
          running.mean().mul(1 - momentum).add(mean.stopGradient().mul(momentum)),
          running.variance().mul(1 - momentum).add(unbiased.stopGradient().mul(momentum)));
    }
  }

  /**
   * What batch normalisation knows of all batches; a tree.
   *
   * @param mean (C)
   * @param variance (C)
   */
  public record Statistics(Tensor mean, Tensor variance) {}

  /**
   * {@return x normalised with the statistics of its batch, and these} For training.
   *
   * @param x float, (N, C, ...)
   * @param weight (C) of x's dtype
   * @param bias (C) of x's dtype
   * @param epsilon added to the variance, above 0
   * @throws ShapeException if x has no channels, or weight or bias is not (C)
   * @throws DTypeException if x is no float, or the dtypes differ
   */
  @Peers(jax = "flax.nnx.BatchNorm", torch = "F.batch_norm")
  public static Batch batchNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
    String name = "batchNorm";
    affine(name, x, channels(name, x), weight, bias);
    Functions.positive(name, "epsilon", epsilon);
    int[] axes = IntStream.range(0, x.rank()).filter(axis -> axis != 1).toArray();
    Tensor mean = Functions.call(name + "Mean", "", in -> in.get(0).mean(axes), x);
    Tensor variance =
        Functions.call(
            name + "Variance",
            "",
            in -> {
              Tensor wide = in.get(0);
              return wide.sub(kept(wide.mean(axes), wide, axes)).square().mean(axes);
            },
            x);
    // Not by the rounded mean and variance of a narrow dtype; a program computes both once.
    Tensor result =
        Functions.call(
            name,
            epsilon,
            in -> scaled(normalized(in.get(0), epsilon, axes), in.get(1), in.get(2)),
            x,
            weight,
            bias);
    return new Batch(result, mean, variance);
  }

  /**
   * {@return x normalised with given statistics} For inference.
   *
   * @param x float, (N, C, ...)
   * @param statistics of x's dtype
   * @param weight (C) of x's dtype
   * @param bias (C) of x's dtype
   * @param epsilon added to the variance, above 0
   * @throws ShapeException if x has no channels, or one of the others is not (C)
   * @throws DTypeException if x is no float, or the dtypes differ
   */
  public static Tensor batchNorm(
      Tensor x, Statistics statistics, Tensor weight, Tensor bias, double epsilon) {
    String name = "batchNorm";
    Shape channels = channels(name, x);
    affine(name, x, channels, weight, bias);
    affine(name, x, channels, statistics.mean(), statistics.variance());
    Functions.positive(name, "epsilon", epsilon);
    return Functions.call(
        name,
        epsilon,
        in -> {
          Tensor scale = in.get(2).add(epsilon).rsqrt().mul(in.get(3));
          Tensor centred = in.get(0).sub(channelwise(in.get(1), x.rank()));
          return scaled(centred, scale, in.get(4));
        },
        x,
        statistics.mean(),
        statistics.variance(),
        weight,
        bias);
  }

  private static Tensor normalized(Tensor x, double epsilon, int... axes) {
    Tensor centred = x.sub(kept(x.mean(axes), x, axes));
    Tensor variance = kept(centred.square().mean(axes), x, axes);
    return centred.mul(variance.add(epsilon).rsqrt());
  }

  /** A reduction's result with the reduced axes of length 1. */
  private static Tensor kept(Tensor reduced, Tensor x, int... axes) {
    long[] dims = x.shape().dims();
    for (int axis : axes) {
      dims[axis] = 1;
    }
    return reduced.reshape(dims);
  }

  private static Tensor scaled(Tensor x, Tensor weight, Tensor bias) {
    return x.mul(channelwise(weight, x.rank())).add(channelwise(bias, x.rank()));
  }

  /** (C) as (C, 1, ...), which broadcasts along (N, C, ...). */
  private static Tensor channelwise(Tensor vector, int rank) {
    long[] dims =
        LongStream.range(0, rank - 1).map(axis -> axis == 0 ? vector.size() : 1).toArray();
    return vector.reshape(dims);
  }

  private static Shape channels(String name, Tensor x) {
    Functions.floating(name, x);
    if (x.rank() < 2) {
      throw new ShapeException(name + ": " + x.type() + " has no channels; pass (N, C, ...)");
    }
    return Shape.of(x.shape().dim(1));
  }

  private static void affine(String name, Tensor x, Shape channels, Tensor weight, Tensor bias) {
    for (Tensor each : List.of(weight, bias)) {
      Functions.same(name, "vector of channels", each, x.dtype());
      Functions.shaped(name, "vector of channels", each, channels);
    }
  }

  private static int[] trailing(String name, Tensor x, Tensor weight) {
    Functions.floating(name, x);
    Functions.same(name, "weight", weight, x.dtype());
    int count = weight.rank();
    int start = x.rank() - count;
    if (count == 0) {
      throw new ArgumentException(
          name + ": the weight has rank 0, so no axis is normalised; give it the last axes of x");
    }
    boolean fits =
        start >= 0
            && IntStream.range(0, count)
                .allMatch(i -> x.shape().dim(start + i) == weight.shape().dim(i));
    if (!fits) {
      throw new ShapeException(
          name
              + ": the last axes of "
              + x.type()
              + " are not those of the weight "
              + weight.type());
    }
    return IntStream.range(start, x.rank()).toArray();
  }
}
