package org.cotangent.nn;

import java.util.List;
import org.cotangent.Key;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Initial values of parameters. What a weight's fans are depends on how it is used, so they are
 * given: the number of inputs that each output sums (in), and of outputs that each input goes to
 * (out). Narrow floats are drawn as float32 and rounded.
 */
public final class Initializers {
  /** Enough for the least singular value of any matrix that is drawn: 1.5⁻⁶⁰ is 3e-11. */
  private static final int POLAR_STEPS = 60;

  private Initializers() {}

  /**
   * {@return normal numbers of variance 2 / in (He and others, 2015), for layers before ReLU}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   */
  @Peers(jax = "jax.nn.initializers.he_normal", torch = "init.kaiming_normal_")
  public static Tensor heNormal(Key key, DType dtype, Shape shape, long in) {
    return normal("heNormal", key, dtype, shape, Math.sqrt(2.0 / count("heNormal", in)));
  }

  /**
   * {@return uniform numbers of variance 2 / in}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   */
  @Peers(jax = "jax.nn.initializers.he_uniform", torch = "init.kaiming_uniform_")
  public static Tensor heUniform(Key key, DType dtype, Shape shape, long in) {
    return uniform("heUniform", key, dtype, shape, Math.sqrt(6.0 / count("heUniform", in)));
  }

  /**
   * {@return normal numbers of variance 2 / (in + out) (Glorot and Bengio, 2010)}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   * @param out number of outputs of each input
   */
  @Peers(jax = "jax.nn.initializers.glorot_normal", torch = "init.xavier_normal_")
  public static Tensor glorotNormal(Key key, DType dtype, Shape shape, long in, long out) {
    String name = "glorotNormal";
    double fans = (double) count(name, in) + count(name, out);
    return normal(name, key, dtype, shape, Math.sqrt(2 / fans));
  }

  /**
   * {@return uniform numbers of variance 2 / (in + out)}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   * @param out number of outputs of each input
   */
  @Peers(jax = "jax.nn.initializers.glorot_uniform", torch = "init.xavier_uniform_")
  public static Tensor glorotUniform(Key key, DType dtype, Shape shape, long in, long out) {
    String name = "glorotUniform";
    double fans = (double) count(name, in) + count(name, out);
    return uniform(name, key, dtype, shape, Math.sqrt(6 / fans));
  }

  /**
   * {@return normal numbers of variance 1 / in (LeCun and others, 1998)}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   */
  @Peers(jax = "jax.nn.initializers.lecun_normal")
  public static Tensor lecunNormal(Key key, DType dtype, Shape shape, long in) {
    return normal("lecunNormal", key, dtype, shape, Math.sqrt(1.0 / count("lecunNormal", in)));
  }

  /**
   * {@return uniform numbers of variance 1 / in}
   *
   * @param key that they are drawn by
   * @param dtype a float dtype
   * @param shape of the parameter
   * @param in number of inputs of each output
   */
  @Peers(jax = "jax.nn.initializers.lecun_uniform")
  public static Tensor lecunUniform(Key key, DType dtype, Shape shape, long in) {
    return uniform("lecunUniform", key, dtype, shape, Math.sqrt(3.0 / count("lecunUniform", in)));
  }

  /**
   * {@return a matrix with orthonormal columns, or rows where there are fewer of these, uniform
   * among all such} It is the orthogonal factor in the polar decomposition of a matrix of normal
   * numbers, by Newton and Schulz's iteration: products alone, so it has the same bits everywhere.
   *
   * @param key that it is drawn by
   * @param dtype a float dtype
   * @param rows of the matrix, at least 1
   * @param columns of the matrix, at least 1
   */
  @Peers(jax = "jax.nn.initializers.orthogonal", torch = "init.orthogonal_")
  public static Tensor orthogonal(Key key, DType dtype, long rows, long columns) {
    String name = "orthogonal";
    check(name, key, dtype);
    if (rows < 1 || columns < 1) {
      throw new ArgumentException(
          "orthogonal: a matrix of %d rows and %d columns; pass at least 1 of each"
              .formatted(rows, columns));
    }
    long tall = Math.max(rows, columns);
    long narrow = Math.min(rows, columns);
    return Tensor.composed(
        name,
        List.of(dtype, rows, columns),
        in -> {
          Tensor x = new Key(in.getFirst()).normal(dtype.arithmetic(), Shape.of(tall, narrow));
          Tensor gram = x.transpose().matmul(x);
          // No singular value is above the root of the largest sum of a row.
          x = x.mul(gram.abs().sum(1).max().rsqrt());
          for (int i = 0; i < POLAR_STEPS; i++) {
            x = x.mul(1.5).sub(x.mul(0.5).matmul(x.transpose().matmul(x)));
          }
          return (rows < columns ? x.transpose() : x).cast(dtype);
        },
        key.data());
  }

  private static Tensor normal(String name, Key key, DType dtype, Shape shape, double deviation) {
    check(name, key, dtype);
    return Tensor.composed(
        name,
        List.of(dtype, Functions.required(name, "shape", shape), deviation),
        in -> new Key(in.getFirst()).normal(dtype.arithmetic(), shape).mul(deviation).cast(dtype),
        key.data());
  }

  private static Tensor uniform(String name, Key key, DType dtype, Shape shape, double bound) {
    check(name, key, dtype);
    return Tensor.composed(
        name,
        List.of(dtype, Functions.required(name, "shape", shape), bound),
        in -> {
          Tensor unit = new Key(in.getFirst()).uniform(dtype.arithmetic(), shape);
          return unit.mul(2 * bound).sub(bound).cast(dtype);
        },
        key.data());
  }

  private static void check(String name, Key key, DType dtype) {
    Functions.required(name, "key", key);
    if (!Functions.required(name, "dtype", dtype).isFloating()) {
      throw new DTypeException(name + ": " + dtype + " is no float dtype; pass one");
    }
  }

  private static long count(String name, long fan) {
    if (fan < 1) {
      throw new ArgumentException(name + ": a fan of " + fan + "; pass at least 1");
    }
    return fan;
  }
}
