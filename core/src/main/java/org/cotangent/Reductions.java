package org.cotangent;

import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;

/**
 * Reductions and scans of {@link Tensor} that are made of others. Each is one op to its caller.
 * Axes come checked, ascending and counted from the front.
 */
final class Reductions {
  private Reductions() {}

  private static Tensor call(String name, Object attributes, UnaryOperator<Tensor> f, Tensor x) {
    return Calls.composed(name, attributes, in -> f.apply(in.getFirst()), x);
  }

  private static List<Integer> key(int... axes) {
    return Arrays.stream(axes).boxed().toList();
  }

  /** Opposite order by minus, by the complement of integers, which has no overflow, or by not. */
  private static Tensor opposite(Tensor x) {
    return x.dtype() == DType.BOOL
        ? x.logicalNot()
        : x.dtype().isFloating() ? x.neg() : x.bitwiseNot();
  }

  static Tensor min(Tensor x, int... axes) {
    return call("min", key(axes), in -> opposite(opposite(in).max(axes)), x);
  }

  static Tensor argmin(Tensor x, int... axes) {
    return call("argmin", key(axes), in -> opposite(in).argmax(axes), x);
  }

  static Tensor truth(Tensor x) {
    return x.dtype() == DType.BOOL ? x : x.notEqual(0);
  }

  static Tensor countNonzero(Tensor x, int... axes) {
    return call("countNonzero", key(axes), in -> truth(in).sum(axes), x);
  }

  static Tensor any(Tensor x, int... axes) {
    return call("any", key(axes), in -> truth(in).sum(axes).greater(0), x);
  }

  static Tensor all(Tensor x, int... axes) {
    return call("all", key(axes), in -> truth(in).logicalNot().sum(axes).equal(0), x);
  }

  /** Floats as they are computed with, all else as float64. */
  private static Tensor wide(Tensor x) {
    return x.cast(x.dtype().isFloating() ? x.dtype().arithmetic() : DType.FLOAT64);
  }

  private static DType result(Tensor x) {
    return x.dtype().isFloating() ? x.dtype() : DType.FLOAT64;
  }

  static Tensor variance(Tensor x, int freedom, int... axes) {
    return call(
        "variance",
        List.of(freedom, key(axes)),
        in -> variance(in, axes, freedom).cast(result(in)),
        x);
  }

  static Tensor std(Tensor x, int freedom, int... axes) {
    return call(
        "std",
        List.of(freedom, key(axes)),
        in -> root(variance(in, axes, freedom)).cast(result(in)),
        x);
  }

  private static Tensor variance(Tensor x, int[] axes, int freedom) {
    Tensor wide = wide(x);
    Tensor centred = wide.sub(wide.keepDims(Tensor::mean, axes));
    double count =
        Arrays.stream(axes).mapToDouble(axis -> x.shape().dim(axis)).reduce(1, (a, b) -> a * b);
    return centred.square().sum(axes).div(Math.max(0, count - freedom));
  }

  static Tensor logSumExp(Tensor x, int... axes) {
    for (int axis : axes) {
      if (x.shape().dim(axis) == 0) {
        throw new ShapeException(
            "logSumExp: axis " + axis + " of " + x.shape() + " has no elements; reduce other axes");
      }
    }
    return call(
        "logSumExp",
        key(axes),
        in -> {
          Tensor wide = wide(in);
          // Infinities would be subtracted from themselves; the shift has no derivative.
          Tensor largest = wide.stopGradient().keepDims(Tensor::max, axes);
          Tensor shift = largest.isfinite().where(largest, largest.zerosLike());
          Tensor sum = wide.sub(shift).exp().sum(axes);
          return sum.log().add(shift.reshape(sum.shape().dims())).cast(result(in));
        },
        x);
  }

  private static Tensor root(Tensor square) {
    return besideZero(square, Tensor::sqrt);
  }

  /** A function that is 0 at 0 and has no finite slope there: it is taken to be 0. */
  private static Tensor besideZero(Tensor x, UnaryOperator<Tensor> f) {
    Tensor zero = x.equal(0);
    return zero.where(x.zerosLike(), f.apply(zero.where(x.onesLike(), x)));
  }

  static Tensor norm(Tensor x, int... axes) {
    return call("norm", key(axes), in -> root(wide(in).square().sum(axes)).cast(result(in)), x);
  }

  static Tensor norm(Tensor x, double order, int... axes) {
    if (!(order > 0) && order != Double.NEGATIVE_INFINITY) {
      throw new ArgumentException(
          "norm: order " + order + "; pass one above 0, infinity or minus infinity");
    }
    if (order == 2) {
      return norm(x, axes);
    }
    return call(
        "norm",
        List.of(order, key(axes)),
        in -> {
          Tensor size = wide(in).abs();
          Tensor norm =
              Double.isInfinite(order)
                  ? order > 0 ? size.max(axes) : size.min(axes)
                  : order == 1 ? size.sum(axes) : power(size, order, axes);
          return norm.cast(result(in));
        },
        x);
  }

  private static Tensor power(Tensor size, double order, int... axes) {
    // From order 2 on the derivatives of the powers at 0 are right as they are.
    Tensor powers = order < 2 ? besideZero(size, each -> each.pow(order)) : size.pow(order);
    return besideZero(powers.sum(axes), sum -> sum.pow(1 / order));
  }

  static Tensor cumprod(Tensor x, int axis) {
    return call(
        "cumprod",
        axis,
        in -> {
          DType dtype = in.dtype().isFloating() ? in.dtype() : DType.INT64;
          Tensor wide = in.cast(dtype.arithmetic());
          return scan(wide, axis, Tensor::mul).cast(dtype);
        },
        x);
  }

  static Tensor cummax(Tensor x, int axis) {
    return call("cummax", axis, in -> scan(in, axis, Tensor::maximum), x);
  }

  static Tensor cummin(Tensor x, int axis) {
    return call("cummin", axis, in -> scan(in, axis, Tensor::minimum), x);
  }

  /**
   * By doubling: after k passes each element holds the last 2^k up to it. So there are as many
   * passes as the length has binary digits, and derivatives of every order.
   */
  private static Tensor scan(Tensor x, int axis, BinaryOperator<Tensor> combine) {
    long length = x.shape().dim(axis);
    Tensor result = x;
    for (long step = 1; step < length; step *= 2) {
      Tensor head = result.slice(axis, 0, step);
      Tensor both =
          combine.apply(result.slice(axis, 0, length - step), result.slice(axis, step, length));
      result = Tensor.concatenate(axis, head, both);
    }
    return result;
  }
}
