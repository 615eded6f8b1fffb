package org.cotangent;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Op;
import org.cotangent.graph.Origin;
import org.cotangent.op.Expr;
import org.cotangent.op.FoldKey;
import org.cotangent.op.Full;
import org.cotangent.op.Ndtri;
import org.cotangent.op.RandomBits;
import org.cotangent.op.UnitFloat;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A key for random numbers: an input like any other, and a tree, so that it can be part of a state.
 * The same key gives the same numbers, bit for bit, on every device; {@link #fold} makes new keys.
 * The generator is Philox 4x32-10.
 *
 * @param data int64, of rank 0
 */
public record Key(Tensor data) {

  /**
   * {@return a new key, as if independent of this one and of those for other numbers}
   *
   * @param number which
   */
  @Peers(jax = "jax.random.fold_in")
  public Key fold(long number) {
    return new Key(
        Calls.call(
            "fold",
            number,
            null,
            (builder, in) -> {
              Expr key = new Expr(builder, in.getFirst());
              if (!key.type().equals(new TensorType(DType.INT64, Shape.SCALAR))) {
                throw new DTypeException(
                    "fold: a key is int64(), not " + key.type() + "; make one by Device.key");
              }
              Full folded = new Full(key.type(), number);
              return key.apply(new FoldKey(), new Expr(builder, builder.value(folded))).value();
            },
            data));
  }

  /**
   * {@return {@code count} new keys}
   *
   * @param count how many
   * @throws ArgumentException if that is negative
   */
  @Peers(numpy = "rng.spawn", jax = "jax.random.split")
  public List<Key> split(int count) {
    if (count < 0) {
      throw Located.at(
          Origin.here("split"), new ArgumentException("split: " + count + " keys is negative"));
    }
    return IntStream.range(0, count).mapToObj(this::fold).toList();
  }

  /**
   * {@return uniform numbers in [0, 1): multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64}
   *
   * @param dtype float32 or float64
   * @param shape sizes of the axes
   * @throws DTypeException if the dtype is no float dtype
   */
  @Peers(numpy = "rng.random", jax = "jax.random.uniform", torch = "torch.rand")
  public Tensor uniform(DType dtype, Shape shape) {
    return draw("uniform", dtype, shape, new UnitFloat(false), null);
  }

  /**
   * {@return numbers of the standard normal distribution, by inverting its distribution function}
   *
   * @param dtype float32 or float64
   * @param shape sizes of the axes
   * @throws DTypeException if the dtype is no float dtype
   */
  @Peers(numpy = "rng.standard_normal", jax = "jax.random.normal", torch = "torch.randn")
  public Tensor normal(DType dtype, Shape shape) {
    return draw("normal", dtype, shape, new UnitFloat(true), new Ndtri());
  }

  /**
   * {@return uniform random bits}
   *
   * @param dtype int32 or int64
   * @param shape sizes of the axes
   * @throws DTypeException if the dtype is no integer dtype
   */
  @Peers(numpy = "rng.bytes", jax = "jax.random.bits")
  public Tensor bits(DType dtype, Shape shape) {
    requireArguments("bits", dtype, shape);
    RandomBits bits = new RandomBits(new TensorType(dtype, shape));
    return Calls.call(
        "bits", bits, null, (builder, in) -> builder.value(bits, in.getFirst()), data);
  }

  private Tensor draw(String name, DType dtype, Shape shape, Op first, @Nullable Op second) {
    requireArguments(name, dtype, shape);
    try {
      if (!dtype.isFloating() || dtype.isNarrow()) {
        throw new DTypeException(
            name
                + ": "
                + dtype
                + (dtype.isFloating() ? " is not drawn" : " is no float dtype")
                + "; draw float32 or float64 and cast");
      }
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
    DType word = dtype == DType.FLOAT32 ? DType.INT32 : DType.INT64;
    RandomBits bits = new RandomBits(new TensorType(word, shape));
    return Calls.call(
        name,
        bits,
        null,
        (builder, in) -> {
          Expr uniform = new Expr(builder, builder.value(bits, in.getFirst())).apply(first);
          return (second == null ? uniform : uniform.apply(second)).value();
        },
        data);
  }

  private static void requireArguments(String name, DType dtype, Shape shape) {
    Device.requireNonNull(name, "dtype", dtype);
    Device.requireNonNull(name, "shape", shape);
  }
}
