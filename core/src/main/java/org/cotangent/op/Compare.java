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
 * A comparison of two tensors, as bool. With NaN only {@link Kind#NOT_EQUAL} holds.
 *
 * @param kind which
 */
public record Compare(Kind kind) implements Elementwise {
  /** The six comparisons. */
  public enum Kind {
    /** {@code a < b}. */
    LESS,
    /** {@code a <= b}. */
    LESS_EQUAL,
    /** {@code a == b}. */
    EQUAL,
    /** {@code a != b}. */
    NOT_EQUAL,
    /** {@code a >= b}. */
    GREATER_EQUAL,
    /** {@code a > b}. */
    GREATER
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.alike(this, inputs).with(DType.BOOL));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, this::compare);
  }

  private Term compare(Term a, Term b) {
    return switch (kind) {
      case LESS -> a.below(b);
      case LESS_EQUAL -> a.notAbove(b);
      case EQUAL -> a.equal(b);
      case NOT_EQUAL -> a.equal(b).not();
      case GREATER_EQUAL -> b.notAbove(a);
      case GREATER -> b.below(a);
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Sample.elementwise(new Compare(kind), 2, Sample.ALL, -1, 1).stream())
        .toList();
  }
}
