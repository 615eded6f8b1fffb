package org.cotangent.nn;

import java.util.List;
import java.util.function.Function;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** What the functions of this package share: each is one op to its caller, and rounds once. */
final class Functions {
  private Functions() {}

  /**
   * {@return the result of a function of float tensors, as one op} Narrow floats are computed with
   * in float32 throughout, and the result has the first input's dtype.
   */
  static Tensor call(
      String name, Object attributes, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    DType dtype = floating(name, inputs[0]).dtype();
    return Tensor.composed(
        name,
        attributes,
        in -> f.apply(in.stream().map(Functions::wide).toList()).cast(dtype),
        inputs);
  }

  /** {@return the same, of narrow floats as float32, not rounded} */
  static Tensor wide(
      String name, Object attributes, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    return Tensor.composed(
        name, attributes, in -> f.apply(in.stream().map(Functions::wide).toList()), inputs);
  }

  private static Tensor wide(Tensor x) {
    return x.dtype().isFloating() ? x.cast(x.dtype().arithmetic()) : x;
  }

  static Tensor floating(String name, Tensor x) {
    required(name, "tensor", x);
    if (!x.dtype().isFloating()) {
      throw new DTypeException(name + ": " + x.type() + " is no float; cast it first");
    }
    return x;
  }

  static <T> T required(String name, String what, T argument) {
    if (argument == null) {
      throw new ArgumentException(name + ": the " + what + " is null");
    }
    return argument;
  }

  static void same(String name, String what, Tensor x, DType dtype) {
    required(name, what, x);
    if (x.dtype() != dtype) {
      throw new DTypeException(
          "%s: the %s is %s, not %s; cast it first".formatted(name, what, x.type(), dtype));
    }
  }

  static void shaped(String name, String what, Tensor x, Shape shape) {
    required(name, what, x);
    if (!x.shape().equals(shape)) {
      throw new ShapeException(
          "%s: the %s is %s; it needs shape %s".formatted(name, what, x.type(), shape));
    }
  }

  static double finite(String name, String what, double number) {
    if (!Double.isFinite(number)) {
      throw new ArgumentException(name + ": " + what + " is " + number + "; pass a finite number");
    }
    return number;
  }

  static double positive(String name, String what, double number) {
    if (!(finite(name, what, number) > 0)) {
      throw new ArgumentException(
          name + ": " + what + " is " + number + "; pass one that is above 0");
    }
    return number;
  }
}
