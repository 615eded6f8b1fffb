package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = floor(a / b)}, 0 for an integer b of 0; the derivative is 0 everywhere.
 *
 * <p>Of floats it is the floor of the exact quotient where that is below 2²⁴ in float32 and 2⁵³ in
 * float64, and from there on within one unit in the last place of it: 1 // 0.1 is 9, as 0.1 is a
 * little above a tenth. By 0 it is the quotient, of an infinite a otherwise NaN, as in NumPy.
 */
public record FloorDivide() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, (a, b) -> a.dtype().isFloating() ? floats(a, b) : integers(a, b));
  }

  private static Term integers(Term a, Term b) {
    Term below = Remainder.opposite(a.remainder(b), b).select(a.literal(-1L), a.literal(0L));
    return a.over(b).plus(below);
  }

  private static Term floats(Term a, Term b) {
    Term zero = a.literal(0L);
    Term quotient = a.over(b);
    Term floor = quotient.floor();
    // 0 times an infinite b would be NaN.
    Term left = floor.equal(zero).select(a, floor.negate().fma(b, a));
    // Rounding may have taken the quotient up to a whole number that is above the exact one. Where
    // it has not, -0 is added, which changes no zero's sign.
    Term down = Remainder.opposite(left, b).select(a.literal(-1L), a.literal(-0.0));
    Term correction = left.equal(left).select(down, a.literal(Double.NaN));
    return b.equal(zero).select(quotient, floor.plus(correction));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Remainder.quotients(new FloorDivide());
  }
}
