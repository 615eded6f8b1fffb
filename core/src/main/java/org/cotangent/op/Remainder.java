package org.cotangent.op;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Op;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * {@code y = a - n b} with the whole number n = floor(a / b): NumPy's remainder, with the sign of
 * b, 0 for an integer b of 0. dy/da = 1, dy/db = -n.
 *
 * <p>A float result is that of {@link Fmod}, to which b is added where the signs differ; so it is
 * correctly rounded where fmod is exact, and exact where the signs agree.
 */
public record Remainder() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Remainder::remainder);
  }

  private static Term remainder(Term a, Term b) {
    Term left = Fmod.of(a, b);
    // A zero has the sign of b as well.
    Term alike = a.dtype().isFloating() ? Copysign.of(left, b) : left;
    return opposite(left, b).select(left.plus(b), alike);
  }

  /** {@return whether what is left of a dividend is not 0 and has the sign the divisor has not} */
  static Term opposite(Term left, Term b) {
    Term zero = b.literal(0L);
    return left.below(zero).xor(b.below(zero)).and(left.equal(zero).not());
  }

  @Override
  public Derivative derivative() {
    return Rules.partials(
        in -> in.y().full(1), in -> in.a().apply(new FloorDivide(), in.b()).negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return quotients(new Remainder());
  }

  /** Dividends and divisors of all signs. */
  static List<Sample> quotients(Op op) {
    Stream<Sample> floats =
        Sample.FLOATS.stream()
            .flatMap(dtype -> Sample.SHAPES.stream().flatMap(shape -> floats(op, dtype, shape)));
    return Stream.concat(floats, Sample.elementwise(op, 2, Sample.INTEGERS, -7, 7).stream())
        .toList();
  }

  private static Stream<Sample> floats(Op op, DType dtype, Shape shape) {
    // Derivatives are checked in float64 by differences: no whole quotient, where results jump.
    boolean smooth = dtype == DType.FLOAT64;
    Sample.Input dividend = Sample.Input.of(dtype, shape, smooth ? 4.2 : -7, smooth ? 5.8 : 7);
    double far = smooth ? 2.09 : 4;
    return Stream.of(
        Sample.of(op, dividend, Sample.Input.of(dtype, shape, 2, far)),
        Sample.of(op, dividend, Sample.Input.of(dtype, shape, -far, -2)));
  }
}
