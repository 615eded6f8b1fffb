package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = a - n b} with the whole number n = trunc(a / b): C's remainder, with the sign of a, 0
 * for an integer b of 0. dy/da = 1, dy/db = -n.
 *
 * <p>A float result is exact where |a / b| is below 2⁴⁸ in float32 and 2¹⁰⁶ in float64. From there
 * on it is exact or NaN, as a body has no loops.
 */
public record Fmod() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Fmod::of);
  }

  /** {@return the remainder with the sign of the dividend} */
  static Term of(Term a, Term b) {
    return a.dtype().isFloating() ? Copysign.of(magnitude(a.abs(), b.abs()), a) : a.remainder(b);
  }

  /**
   * Two steps, each of which takes the floor of the rounded quotient times b from what is left.
   * What remains is a float, so one fused multiply-add has it without error: from 2²⁴ on (of
   * float32) a rounded quotient is whole, and what a rounded quotient leaves is a float (Boldo and
   * Daumas, "Representable correcting terms for possibly underflowing floating point operations",
   * 2003); below, it is a multiple of b's last place and not above b. It is below b times half a
   * unit in the last place of the quotient, so the first step takes a quotient of up to 2⁴⁸ below
   * 2²⁴. What the second leaves lies between -b and b.
   */
  private static Term magnitude(Term a, Term b) {
    Term zero = a.literal(0L);
    Term left = step(step(a, b), b);
    Term found = left.below(zero).select(left.plus(b), left);
    Term inside = zero.notAbove(found).and(found.below(b));
    // Below b also for an infinite b, of which 0 times would be NaN.
    return a.below(b).select(a, inside.select(found, a.literal(Double.NaN)));
  }

  private static Term step(Term left, Term b) {
    return left.over(b).floor().negate().fma(b, left);
  }

  @Override
  public Derivative derivative() {
    // (a - y) / b is n but for rounding.
    return Rules.partials(
        in -> in.y().full(1), in -> in.a().minus(in.y()).over(in.b()).round().negative());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Remainder.quotients(new Fmod());
  }
}
