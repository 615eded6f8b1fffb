package org.cotangent.op;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = xⁿ} for an integer n, by repeated squaring, and 1/x⁻ⁿ for negative n; dy/dx = n xⁿ⁻¹.
 * {@code x⁰} is 1 everywhere, as in NumPy.
 *
 * @param exponent n; not negative for integer tensors
 */
public record IntegerPower(int exponent) implements Elementwise {
  /** Checks that the derivative's exponent is an int too. */
  public IntegerPower {
    if (exponent == Integer.MIN_VALUE) {
      throw new ArgumentException("pow: exponent " + exponent + "; the smallest is one above it");
    }
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = Rules.numeric(this, inputs.getFirst());
    if (exponent < 0 && !type.dtype().isFloating()) {
      throw new DTypeException(
          "pow: " + type + " to the power " + exponent + " is no integer; cast to a float dtype");
    }
    return List.of(type);
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), this::power);
  }

  private Term power(Term x) {
    if (exponent == 0) {
      return x.literal(1L);
    }
    // Absolute value as a long: that of the smallest int is no int.
    long left = Math.abs((long) exponent);
    Term square = x;
    while ((left & 1) == 0) {
      square = square.times(square);
      left >>= 1;
    }
    Term product = square;
    while ((left >>= 1) != 0) {
      square = square.times(square);
      if ((left & 1) != 0) {
        product = product.times(square);
      }
    }
    return exponent < 0 ? x.literal(1L).over(product) : product;
  }

  @Override
  public Derivative derivative() {
    return exponent == 0
        ? Rules.NONE
        : Rules.partial((x, y) ->
            exponent == 1 ? x.full(1) : x.apply(new IntegerPower(exponent - 1)).times(exponent));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return IntStream.of(-2, -1, 0, 1, 2, 3, 10)
        .mapToObj(n ->
            n < 0
                ? Sample.elementwise(new IntegerPower(n), 1, Sample.FLOATS, 0.5, 2)
                : Sample.elementwise(new IntegerPower(n), 1, Sample.NUMBERS, -1.5, 1.5))
        .flatMap(List::stream)
        .toList();
  }
}
