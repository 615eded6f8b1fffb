package org.cotangent.nn;

import java.util.List;
import org.cotangent.Device;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;

/**
 * Scaled dot-product attention (Vaswani and others, 2017): each query's weighted mean of the
 * values, {@code softmax(q kᵀ / sqrt(E)) v}.
 *
 * <p>Queries are (..., heads, L, E), keys (..., heads, S, E), values (..., heads, S, D), the result
 * (..., heads, L, D). Keys and values may have fewer heads than the queries, a divisor of theirs:
 * then each of their heads serves as many of the queries' that follow each other. To scale by
 * another factor, multiply the queries first.
 */
public final class Attention {
  private Attention() {}

  /**
   * {@return attention of every query to every key}
   *
   * @param queries float, (..., heads, L, E)
   * @param keys of that dtype, (..., heads, S, E)
   * @param values of that dtype, (..., heads, S, D)
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(jax = "jax.nn.dot_product_attention", torch = "F.scaled_dot_product_attention")
  public static Tensor attention(Tensor queries, Tensor keys, Tensor values) {
    String name = "attention";
    require(name, queries, keys, values);
    return Functions.call(
        name, "", in -> weighted(scores(in).softmax(-1), in), queries, keys, values);
  }

  /**
   * {@return attention of each query to the keys that a mask lets it see} A query that sees none
   * gets zeros.
   *
   * @param queries float, (..., heads, L, E)
   * @param keys of that dtype, (..., heads, S, E)
   * @param values of that dtype, (..., heads, S, D)
   * @param mask bool, true where a query sees a key, or of the queries' dtype and added to the
   *     scores; broadcasts to (..., heads, L, S)
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public static Tensor attention(Tensor queries, Tensor keys, Tensor values, Tensor mask) {
    String name = "attention";
    require(name, queries, keys, values);
    Functions.required(name, "mask", mask);
    if (mask.dtype() != DType.BOOL) {
      Functions.same(name, "mask", mask, queries.dtype());
    }
    return Functions.call(
        name,
        "mask",
        in -> {
          Tensor scores = scores(in);
          Tensor seen = in.get(3);
          return weighted(
              seen.dtype() == DType.BOOL ? masked(scores, seen) : scores.add(seen).softmax(-1), in);
        },
        queries,
        keys,
        values,
        mask);
  }

  /**
   * {@return attention of each query to the keys that do not come after it} The first query sees
   * the first key alone, whatever L and S.
   *
   * @param queries float, (..., heads, L, E)
   * @param keys of that dtype, (..., heads, S, E)
   * @param values of that dtype, (..., heads, S, D)
   * @throws ShapeException if the shapes do not fit
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public static Tensor causalAttention(Tensor queries, Tensor keys, Tensor values) {
    String name = "causalAttention";
    require(name, queries, keys, values);
    return Functions.call(
        name,
        "",
        in -> {
          Tensor scores = scores(in);
          Tensor seen = scores.onesLike().cast(DType.BOOL).tril(0);
          return weighted(masked(scores, seen), in);
        },
        queries,
        keys,
        values);
  }

  /**
   * {@return the mask of causal attention, bool (queries, keys), to combine with others}
   *
   * @param device where it is made
   * @param queries how many
   * @param keys how many
   */
  public static Tensor causalMask(Device device, long queries, long keys) {
    return Functions.required("causalMask", "device", device)
        .ones(DType.BOOL, queries, keys)
        .tril(0);
  }

  private static Tensor scores(List<Tensor> in) {
    Tensor queries = in.get(0);
    Tensor keys = in.get(1);
    double scale = 1 / Math.sqrt((double) queries.shape().dim(queries.rank() - 1));
    Tensor scaled = queries.mul(scale);
    Tensor product = grouped(scaled, keys).matmul(shared(queries, keys).swapAxes(-1, -2));
    return joined(queries, keys, product);
  }

  private static Tensor weighted(Tensor weights, List<Tensor> in) {
    Tensor queries = in.get(0);
    Tensor values = in.get(2);
    Tensor product = grouped(weights, values).matmul(shared(queries, values));
    return joined(queries, values, product);
  }

  /** With a finite number in place of minus infinity, so that no row and no derivative is NaN. */
  private static Tensor masked(Tensor scores, Tensor seen) {
    double least = scores.dtype() == DType.FLOAT64 ? -Double.MAX_VALUE / 2 : -Float.MAX_VALUE / 2;
    Tensor weights = seen.where(scores, scores.fullLike(least)).softmax(-1);
    return seen.where(weights, weights.zerosLike());
  }

  private static long heads(Tensor x) {
    return x.rank() < 3 ? 1 : x.shape().dim(x.rank() - 3);
  }

  private static boolean isGrouped(Tensor queries, Tensor keys) {
    return heads(queries) != heads(keys);
  }

  /** (..., heads, L, E) as (..., groups, heads of a group, L, E), where the keys have groups. */
  private static Tensor grouped(Tensor x, Tensor keys) {
    if (!isGrouped(x, keys)) {
      return x;
    }
    long groups = heads(keys);
    long[] dims = x.shape().dims();
    int head = dims.length - 3;
    long[] split = new long[dims.length + 1];
    System.arraycopy(dims, 0, split, 0, head);
    split[head] = groups;
    split[head + 1] = dims[head] / groups;
    split[head + 2] = dims[head + 1];
    split[head + 3] = dims[head + 2];
    return x.reshape(split);
  }

  private static Tensor shared(Tensor queries, Tensor keys) {
    return isGrouped(queries, keys) ? keys.expandDims(-3) : keys;
  }

  private static Tensor joined(Tensor queries, Tensor keys, Tensor x) {
    if (!isGrouped(queries, keys)) {
      return x;
    }
    long[] dims = x.shape().dims();
    long[] join = new long[dims.length - 1];
    int head = join.length - 3;
    System.arraycopy(dims, 0, join, 0, head);
    join[head] = dims[head] * dims[head + 1];
    join[head + 1] = dims[head + 2];
    join[head + 2] = dims[head + 3];
    return x.reshape(join);
  }

  private static void require(String name, Tensor queries, Tensor keys, Tensor values) {
    Functions.floating(name, queries);
    Functions.same(name, "tensor of keys", keys, queries.dtype());
    Functions.same(name, "tensor of values", values, queries.dtype());
    String types = queries.type() + ", keys " + keys.type() + ", values " + values.type();
    if (queries.rank() < 2 || keys.rank() < 2 || values.rank() < 2) {
      throw new ShapeException(
          name + ": queries " + types + " need at least 2 axes, length and features");
    }
    if (queries.shape().dim(queries.rank() - 1) != keys.shape().dim(keys.rank() - 1)) {
      throw new ShapeException(
          name + ": queries " + types + ": queries and keys differ in their last axis");
    }
    if (keys.shape().dim(keys.rank() - 2) != values.shape().dim(values.rank() - 2)) {
      throw new ShapeException(
          name + ": queries " + types + ": there are not as many values as keys");
    }
    long served = heads(keys);
    if (served != heads(values)) {
      throw new ShapeException(
          name + ": queries " + types + ": keys and values differ in the number of heads");
    }
    if (served != heads(queries) && (served == 0 || heads(queries) % served != 0)) {
      throw new ShapeException(
          "%s: queries %s: %d heads of keys do not divide the %d of the queries"
              .formatted(name, types, served, heads(queries)));
    }
  }
}
