package org.cotangent;

import java.util.List;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Clamp;
import org.cotangent.op.Compare;
import org.cotangent.op.Expr;
import org.cotangent.op.FoldKey;
import org.cotangent.op.Full;
import org.cotangent.op.Minimum;
import org.cotangent.op.Ndtri;
import org.cotangent.op.RandomBelow;
import org.cotangent.op.RandomBits;
import org.cotangent.op.Rounding;
import org.cotangent.op.Rsqrt;
import org.cotangent.op.Sort;
import org.cotangent.op.StopGradient;
import org.cotangent.op.UnitFloat;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** The distributions that {@link Key} offers, as formulas over random bits. */
final class Draws {
  /**
   * Numbers that the keys of further draws are folded with; the first is one that no user counts
   * to. (The golden ratio's bits.)
   */
  private static final long FURTHER = 0x9E37_79B9_7F4A_7C15L;

  /** A round of Marsaglia and Tsang fails with probability below 0.049; all with 0.049⁸, 4e-11. */
  private static final int ROUNDS = 8;

  private Draws() {}

  // ---- floats

  /** Bits of a float dtype of kernels, as its unit interval. */
  private static Expr unit(Expr key, DType dtype, Shape shape, boolean open) {
    DType word = dtype == DType.FLOAT64 ? DType.INT64 : DType.INT32;
    return bits(key, word, shape).apply(new UnitFloat(open));
  }

  private static Expr bits(Expr key, DType word, Shape shape) {
    GraphBuilder builder = key.builder();
    return new Expr(
        builder, builder.value(new RandomBits(new TensorType(word, shape)), key.value()));
  }

  private static Expr folded(Expr key, int number) {
    // As a long: not every long is a double.
    GraphBuilder builder = key.builder();
    Value further = builder.value(new Full(key.type(), FURTHER + number));
    return key.apply(new FoldKey(), new Expr(builder, further));
  }

  static Expr uniform(Expr key, DType dtype, Shape shape) {
    Expr wide = unit(key, dtype.arithmetic(), shape, false);
    if (!dtype.isNarrow()) {
      return wide;
    }
    // Rounded down to what the dtype has everywhere in the interval, or 1 would come.
    double steps = dtype == DType.FLOAT16 ? 0x1p11 : 0x1p8;
    return wide.times(steps).apply(new Rounding(Rounding.Kind.FLOOR)).times(1 / steps).cast(dtype);
  }

  static Expr normal(Expr key, DType dtype, Shape shape) {
    return unit(key, dtype.arithmetic(), shape, true).apply(new Ndtri()).cast(dtype);
  }

  static Expr bernoulli(Expr key, Expr p) {
    Expr wide = p.cast(p.type().dtype().arithmetic());
    return unit(key, wide.type().dtype(), p.shape(), false).compare(Compare.Kind.LESS, wide);
  }

  /** By Gumbel's maximum: of all logits, each plus a number of that distribution, the largest. */
  static Expr categorical(Expr key, Expr logits, int axis) {
    Expr wide = logits.cast(logits.type().dtype().arithmetic());
    Expr gumbel =
        unit(key, wide.type().dtype(), wide.shape(), true).log().negative().log().negative();
    return wide.plus(gumbel).apply(new ArgMax(List.of(axis)));
  }

  // ---- integers

  static Expr randint(Expr key, long low, long high, DType dtype, Shape shape) {
    RandomBelow below = new RandomBelow(high - low);
    Expr word = bits(key, DType.INT64, shape);
    Expr number =
        Long.compareUnsigned(high - low, 1L << 32) <= 0
            ? word.apply(below)
            : word.apply(below, bits(folded(key, 0), DType.INT64, shape));
    GraphBuilder builder = key.builder();
    Value start = builder.value(new Full(number.type(), low));
    return number.plus(new Expr(builder, start)).cast(dtype);
  }

  /** Where random words are in their order. */
  static Expr permutation(Expr key, long n) {
    GraphBuilder builder = key.builder();
    Value words = bits(key, DType.INT64, Shape.of(n)).value();
    return new Expr(builder, builder.emit(new Sort(0, false), List.of(words)).result(1));
  }

  static void requireRange(long low, long high, DType dtype) {
    if (!dtype.isInteger()) {
      throw new DTypeException("randint: " + dtype + " is no integer dtype; draw int64 and cast");
    }
    if (low >= high) {
      throw new ArgumentException(
          "randint: no integer is from " + low + " to below " + high + "; pass low < high");
    }
    if (low < dtype.smallestInteger() || high - 1 > dtype.largestInteger()) {
      throw new ArgumentException(
          "randint: " + dtype + " has not all of " + low + " to " + (high - 1) + "; pass int64");
    }
  }

  // ---- gamma

  /**
   * Marsaglia and Tsang, A simple method for generating gamma variables, 2000: of x normal, d (1 +
   * cx)³ with d = a - 1/3 and c = 1/√(9d), accepted by a test against a uniform number. For a < 1 a
   * draw for a + 1 times u^(1/a). The rounds are written out; should all fail, the result is d.
   */
  static Expr gamma(Expr key, Expr shape) {
    Expr a = shape.cast(shape.type().dtype().arithmetic()).apply(new StopGradient());
    Expr zero = a.full(0);
    Expr boosted = a.compare(Compare.Kind.LESS, a.full(1));
    Expr d = boosted.where(a.plus(1), a).plus(-1 / 3.0);
    Expr c = d.times(9).apply(new Rsqrt());
    Expr value = d;
    DType dtype = a.type().dtype();
    for (int round = 0; round < ROUNDS; round++) {
      Expr x = unit(folded(key, 2 * round), dtype, a.shape(), true).apply(new Ndtri());
      Expr u = unit(folded(key, 2 * round + 1), dtype, a.shape(), true);
      Expr y = c.times(x);
      Expr v = y.plus(1);
      Expr accepted = u.log().compare(Compare.Kind.LESS, logAcceptance(d, x, y));
      value = accepted.where(d.times(v.times(v.square())), value);
    }
    Expr u = unit(key, dtype, a.shape(), true);
    Expr small = value.log().plus(u.log().over(a)).exp();
    return a.compare(Compare.Kind.GREATER, zero)
        .where(boosted.where(small, value), a.full(Double.NaN))
        .cast(shape.type().dtype());
  }

  /**
   * x²/2 + d (1 - v³ + 3 log v) for v = 1 + y and y = cx; NaN, which accepts nothing, for v < 0.
   * For small y the large terms cancel exactly, so their series begins with y⁴.
   */
  private static Expr logAcceptance(Expr d, Expr x, Expr y) {
    Expr v = y.plus(1);
    Expr direct =
        x.square().times(0.5).plus(d.times(v.log().times(3).plus(1).minus(v.times(v.square()))));
    Expr series = y.full(0);
    for (int k = 15; k >= 4; k--) {
      series = series.times(y).plus((k % 2 == 0 ? -3.0 : 3.0) / k);
    }
    series = series.times(y.square().square()).times(d);
    return y.square().compare(Compare.Kind.LESS, y.full(1 / 16.0)).where(series, direct);
  }

  // ---- truncated normal

  static Expr truncatedNormal(Expr key, double low, double high, DType dtype, Shape shape) {
    // Near 1 floats are coarse, near 0 fine; so the interval is turned to the left.
    boolean turned = low > 0;
    double from = distribution(turned ? -high : low);
    double to = distribution(turned ? -low : high);
    DType wide = dtype.arithmetic();
    double last = 1 - (wide == DType.FLOAT64 ? 0x1p-53 : 0x1p-24);
    Expr u = unit(key, wide, shape, true);
    Expr p = u.times(to - from).plus(from);
    Expr x = p.apply(new Minimum(), p.full(last)).apply(new Ndtri());
    Expr turnedBack = turned ? x.negative() : x;
    return turnedBack.apply(new Clamp(), x.full(low), x.full(high)).cast(dtype);
  }

  static void requireInterval(double low, double high, DType dtype) {
    if (!(low < high)) {
      throw new ArgumentException(
          "truncatedNormal: " + low + " is not below " + high + "; pass low < high");
    }
    double mass = distribution(-Math.max(Math.max(low, -high), 0));
    double least = dtype == DType.FLOAT64 ? 1e-290 : 1e-30;
    if (mass < least) {
      throw new ArgumentException(
          "truncatedNormal: from "
              + low
              + " to "
              + high
              + " the normal distribution has probability below "
              + least
              + ", too small for "
              + dtype
              + (dtype == DType.FLOAT64 ? "; pass bounds nearer 0" : "; draw float64 and cast"));
    }
  }

  /**
   * The normal distribution function: near 0 Marsaglia's series (Evaluating the normal
   * distribution, 2004), else Laplace's continued fraction of the tail. Relative error below 1e-12.
   */
  static double distribution(double x) {
    double z = Math.abs(x);
    double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    if (z > 2.5) {
      double fraction = z;
      for (int k = 200; k >= 1; k--) {
        fraction = z + k / fraction;
      }
      double tail = z == Double.POSITIVE_INFINITY ? 0 : density / fraction;
      return x < 0 ? tail : 1 - tail;
    }
    double term = x;
    double sum = x;
    for (int k = 3; Math.abs(term) > 1e-18; k += 2) {
      term *= x * x / k;
      sum += term;
    }
    return 0.5 + sum * density;
  }
}
