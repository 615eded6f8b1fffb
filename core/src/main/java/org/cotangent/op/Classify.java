package org.cotangent.op;

import java.util.Arrays;
import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * Whether a number is of a kind, as bool. All integers are finite.
 *
 * @param kind which
 */
public record Classify(Kind kind) implements Elementwise {
  /** Every number is of one of these. */
  public enum Kind {
    /** Not a number. */
    NAN,
    /** Infinity or minus infinity. */
    INFINITE,
    /** Neither of the two. */
    FINITE
  }

  @Override
  public String name() {
    return switch (kind) {
      case NAN -> "isnan";
      case INFINITE -> "isinf";
      case FINITE -> "isfinite";
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, inputs.getFirst()).with(DType.BOOL));
  }

  @Override
  public Body body(List<DType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(inputs.getFirst()).widen();
    return builder.build(
        x.dtype().isFloating() ? classify(x) : builder.literal(DType.BOOL, kind == Kind.FINITE));
  }

  private Term classify(Term x) {
    Term infinity = x.literal(Double.POSITIVE_INFINITY);
    return switch (kind) {
      case NAN -> x.equal(x).not();
      case INFINITE -> x.abs().equal(infinity);
      case FINITE -> x.abs().below(infinity);
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Sample.elementwise(new Classify(kind), 1, Sample.NUMBERS, -2, 2).stream())
        .toList();
  }
}
