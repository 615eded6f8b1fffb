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
 * A function of each pair of bits of two integers.
 *
 * @param kind which
 */
public record Bitwise(Kind kind) implements Elementwise {
  /** The three functions. */
  public enum Kind {
    /** Where both are set. */
    AND,
    /** Where one or both are set. */
    OR,
    /** Where one is set and the other is not. */
    XOR
  }

  @Override
  public String name() {
    return switch (kind) {
      case AND -> "bitwiseAnd";
      case OR -> "bitwiseOr";
      case XOR -> "bitwiseXor";
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.integer(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, (a, b) -> combine(kind, a, b));
  }

  /** {@return the function of integers, or of bools} */
  static Term combine(Kind kind, Term a, Term b) {
    return switch (kind) {
      case AND -> a.and(b);
      case OR -> a.or(b);
      case XOR -> a.xor(b);
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Kind.values())
        .flatMap(
            kind -> Sample.elementwise(new Bitwise(kind), 2, Sample.INTEGERS, -100, 100).stream())
        .toList();
  }
}
