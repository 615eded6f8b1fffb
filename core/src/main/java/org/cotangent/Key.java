package org.cotangent;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Origin;
import org.cotangent.op.Expr;
import org.cotangent.op.FoldKey;
import org.cotangent.op.Full;
import org.cotangent.op.RandomBits;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * A key for random numbers: an input like any other, and a tree, so that it can be part of a state.
 * The same key gives the same numbers, bit for bit, on every device; {@link #fold} makes new keys.
 * The generator is Philox 4x32-10.
 *
 * @param data int64, of rank 0
 */
public record Key(Tensor data) {
  private static final TensorType TYPE = new TensorType(DType.INT64, Shape.SCALAR);
  private static final int MOST_KEYS = 1 << 20;

  /**
   * {@return a new key, as if independent of this one and of those for other numbers}
   *
   * @param number which
   */
  @Peers(jax = "jax.random.fold_in")
  public Key fold(long number) {
    if (data == null) {
      throw Located.at(
          Origin.here("fold"),
          new ArgumentException("fold: a tensor is null; import the data first"));
    }
    if (!data.type().equals(TYPE)) {
      throw Located.at(
          Origin.here("fold"),
          new DTypeException(
              "fold: a key is int64(), not " + data.type() + "; make one by Device.key"));
    }
    FoldKey op = new FoldKey();
    // A number that were part of the program would need one of its own.
    return new Key(
        data.with(
            "fold",
            number,
            folded ->
                Calls.call(
                    "fold",
                    op,
                    null,
                    (builder, in) -> builder.value(op, in.get(0), in.get(1)),
                    data,
                    folded)));
  }

  /**
   * {@return {@code count} new keys} Each is a tensor of its own, so there are at most 1 048 576;
   * {@link #fold} takes any number.
   *
   * @param count how many
   * @throws ArgumentException if that is negative or more
   */
  @Peers(numpy = "rng.spawn", jax = "jax.random.split")
  public List<Key> split(int count) {
    if (count < 0) {
      throw Located.at(
          Origin.here("split"), new ArgumentException("split: " + count + " keys is negative"));
    }
    if (count > MOST_KEYS) {
      throw Located.at(
          Origin.here("split"),
          new ArgumentException(
              "split: " + count + " keys, at most " + MOST_KEYS + " are made; fold numbers in"));
    }
    return IntStream.range(0, count).mapToObj(this::fold).toList();
  }

  /**
   * {@return uniform numbers in [0, 1): multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64, of 2⁻¹¹
   * in float16, of 2⁻⁸ in bfloat16}
   *
   * @param dtype a float dtype
   * @param shape sizes of the axes
   * @throws DTypeException if the dtype is no float dtype
   */
  @Peers(numpy = "rng.random", jax = "jax.random.uniform", torch = "torch.rand")
  public Tensor uniform(DType dtype, Shape shape) {
    requireFloats("uniform", dtype, shape);
    return draw("uniform", new TensorType(dtype, shape), key -> Draws.uniform(key, dtype, shape));
  }

  /**
   * {@return numbers of the standard normal distribution, by inverting its distribution function;
   * those of float16 and bfloat16 are float32's, rounded}
   *
   * @param dtype a float dtype
   * @param shape sizes of the axes
   * @throws DTypeException if the dtype is no float dtype
   */
  @Peers(numpy = "rng.standard_normal", jax = "jax.random.normal", torch = "torch.randn")
  public Tensor normal(DType dtype, Shape shape) {
    requireFloats("normal", dtype, shape);
    return draw("normal", new TensorType(dtype, shape), key -> Draws.normal(key, dtype, shape));
  }

  /**
   * {@return numbers of the standard normal distribution between two bounds, by inverting its
   * distribution function there} In the far right tail as exact as in the left.
   *
   * @param low least number, rounded to the dtype; may be negative infinity
   * @param high largest number, rounded to the dtype; may be infinity
   * @param dtype a float dtype
   * @param shape sizes of the axes
   * @throws ArgumentException if low is not below high, or both lie so far out that the dtype has
   *     no such probabilities: below 1e-290 in float64, 1e-30 in others, beyond 36 and 11
   * @throws DTypeException if the dtype is no float dtype
   */
  @Peers(jax = "jax.random.truncated_normal", torch = "torch.nn.init.trunc_normal_")
  public Tensor truncatedNormal(double low, double high, DType dtype, Shape shape) {
    requireFloats("truncatedNormal", dtype, shape);
    Located.in(
        "truncatedNormal",
        () -> {
          Draws.requireInterval(low, high, dtype);
          return dtype;
        });
    return draw(
        "truncatedNormal",
        List.of(low, high, dtype, shape),
        key -> Draws.truncatedNormal(key, low, high, dtype, shape));
  }

  /**
   * {@return true with probability p, as bool} The probability is rounded up to a multiple of 2⁻²⁴.
   *
   * @param p from 0 to 1
   * @param shape sizes of the axes
   * @throws ArgumentException if p is not from 0 to 1
   */
  @Peers(jax = "jax.random.bernoulli", torch = "torch.bernoulli")
  public Tensor bernoulli(double p, Shape shape) {
    Device.requireNonNull("bernoulli", "shape", shape);
    if (!(p >= 0 && p <= 1)) {
      throw Located.at(
          Origin.here("bernoulli"),
          new ArgumentException("bernoulli: " + p + " is no probability; pass 0 to 1"));
    }
    TensorType type = new TensorType(DType.FLOAT32, shape);
    return draw(
        "bernoulli",
        List.of(p, shape),
        key ->
            Draws.bernoulli(key, new Expr(key.builder(), key.builder().value(Full.of(type, p)))));
  }

  /**
   * {@return true with the probabilities of a float tensor, as bool, of its shape} What is above 1
   * counts as 1, what is below 0 or NaN as 0. Probabilities are rounded up to multiples of 2⁻²⁴, of
   * float64 to multiples of 2⁻⁵³. There is no derivative.
   *
   * @param p float probabilities
   * @throws DTypeException if p is no float tensor
   */
  public Tensor bernoulli(Tensor p) {
    return draw("bernoulli", "", p, (key, x) -> Draws.bernoulli(key, x));
  }

  /**
   * {@return integers from low to below high, all as probable}
   *
   * <p>The probabilities of two integers differ by less than one part in 2³², or (high - low) /
   * 2¹²⁸ where there are more than 2³² integers.
   *
   * @param low least integer
   * @param high the integer after the largest
   * @param dtype an integer dtype
   * @param shape sizes of the axes
   * @throws ArgumentException if low is not below high, or the dtype has not all of these integers
   * @throws DTypeException if the dtype is no integer dtype
   */
  @Peers(numpy = "rng.integers", jax = "jax.random.randint", torch = "torch.randint")
  public Tensor randint(long low, long high, DType dtype, Shape shape) {
    requireArguments("randint", dtype, shape);
    Located.in(
        "randint",
        () -> {
          Draws.requireRange(low, high, dtype);
          return dtype;
        });
    return draw(
        "randint",
        List.of(low, high, dtype, shape),
        key -> Draws.randint(key, low, high, dtype, shape));
  }

  /**
   * {@return the integers from 0 to below n in random order, as int64: a vector} To shuffle rows is
   * to take them in that order; by the same one inputs and labels stay together:
   *
   * {@snippet :
   * Tensor order = device.key(1).permutation(x.shape().dim(0));
   * Tensor shuffledInputs = x.take(order, 0);
   * Tensor shuffledLabels = y.take(order, 0);
   * }
   *
   * <p>Random words of 64 bits are sorted; only where two are equal, which has probability below n²
   * / 2⁶⁵, the smaller integer comes first.
   *
   * @param n how many
   * @throws ArgumentException if that is negative
   * @throws ShapeException if it is above 2,147,483,639
   */
  @Peers(numpy = "rng.permutation", jax = "jax.random.permutation", torch = "torch.randperm")
  public Tensor permutation(long n) {
    if (n < 0) {
      throw Located.at(
          Origin.here("permutation"),
          new ArgumentException("permutation: " + n + " is negative; pass how many integers"));
    }
    return draw("permutation", n, key -> Draws.permutation(key, n));
  }

  /**
   * {@return for each line along an axis, which goes away, the position of one element, as int64,
   * drawn with probabilities softmax(logits)} A logit of negative infinity is never drawn, unless
   * all are: then it is the first. Where there is NaN it is drawn. Floats of 24 bits (of 53 for
   * float64) draw; so classes of probabilities near 2⁻²⁴ come less exactly. There is no derivative.
   *
   * @param logits floats
   * @param axis of the classes, at least one
   * @throws ShapeException if there is no such axis, or it has no elements
   * @throws DTypeException if the logits are no floats
   */
  @Peers(jax = "jax.random.categorical", torch = "torch.distributions.Categorical")
  public Tensor categorical(Tensor logits, int axis) {
    Device.requireNonNull("categorical", "tensor of logits", logits);
    int at = logits.axis("categorical", axis);
    return draw("categorical", at, logits, (key, x) -> Draws.categorical(key, x, at));
  }

  /**
   * {@return numbers of the gamma distribution with scale 1 and a shape parameter for each, by
   * Marsaglia and Tsang's method} Divide by a rate, or multiply by a scale, for others. With
   * probability below 1e-10 a number is a - 1/3 instead of drawn (for a &lt; 1 a + 2/3, times
   * u^(1/a)); and of a &lt; 1 numbers too small for the dtype are 0. For a that is not above 0 the
   * result is NaN. Not differentiable: the derivative by a is zero.
   *
   * @param a float shape parameters, above 0
   * @throws DTypeException if a is no float tensor
   */
  @Peers(numpy = "rng.standard_gamma", jax = "jax.random.gamma", torch = "torch._standard_gamma")
  public Tensor gamma(Tensor a) {
    return draw("gamma", "", a, Draws::gamma);
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

  private Tensor draw(String name, Object attributes, UnaryOperator<Expr> distribution) {
    return Calls.call(
        name,
        attributes,
        null,
        (builder, in) -> distribution.apply(new Expr(builder, in.getFirst())).value(),
        data);
  }

  private Tensor draw(
      String name, Object attributes, Tensor parameter, BinaryOperator<Expr> distribution) {
    return Calls.call(
        name,
        attributes,
        null,
        (builder, in) -> {
          if (!in.get(1).dtype().isFloating()) {
            throw new DTypeException(
                name + ": " + in.get(1).type() + " is not a float tensor; cast it to float32");
          }
          return distribution
              .apply(new Expr(builder, in.get(0)), new Expr(builder, in.get(1)))
              .value();
        },
        data,
        parameter);
  }

  private static void requireFloats(String name, DType dtype, Shape shape) {
    requireArguments(name, dtype, shape);
    if (!dtype.isFloating()) {
      throw Located.at(
          Origin.here(name),
          new DTypeException(
              name + ": " + dtype + " is no float dtype; draw float32 or float64 and cast"));
    }
  }

  private static void requireArguments(String name, DType dtype, Shape shape) {
    Device.requireNonNull(name, "dtype", dtype);
    Device.requireNonNull(name, "shape", shape);
  }
}
