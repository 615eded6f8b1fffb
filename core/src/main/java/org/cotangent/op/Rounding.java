package org.cotangent.op;

import java.util.Arrays;
import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A whole number near x, in x's dtype; integers stay as they are. A zero has the sign of x, NaN and
 * infinities stay. The derivative is 0 everywhere.
 *
 * @param kind which
 */
public record Rounding(Kind kind) implements Elementwise {
  /** The four directions. */
  public enum Kind {
    /** The largest not above. */
    FLOOR,
    /** The smallest not below. */
    CEIL,
    /** The nearest, ties to even. */
    ROUND,
    /** The nearest towards zero. */
    TRUNC
  }

  @Override
  public String name() {
    return switch (kind) {
      case FLOOR -> "floor";
      case CEIL -> "ceil";
      case ROUND -> "round";
      case TRUNC -> "trunc";
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), x -> x.dtype().isFloating() ? whole(x) : x);
  }

  private Term whole(Term x) {
    return switch (kind) {
      case FLOOR -> x.floor();
      case CEIL -> x.negate().floor().negate();
      case ROUND -> x.rint();
      case TRUNC -> Copysign.of(x.abs().floor(), x);
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Sample.elementwise(new Rounding(kind), 1, Sample.NUMBERS, -4, 4).stream())
        .toList();
  }
}
