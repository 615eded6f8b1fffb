package org.cotangent.op;

import java.util.Arrays;
import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A function of two bools.
 *
 * @param kind which
 */
public record Logical(Bitwise.Kind kind) implements Elementwise {
  @Override
  public String name() {
    return switch (kind) {
      case AND -> "logicalAnd";
      case OR -> "logicalOr";
      case XOR -> "logicalXor";
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.bool(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, (a, b) -> Bitwise.combine(kind, a, b));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Bitwise.Kind.values())
        .flatMap(kind -> Sample.elementwise(new Logical(kind), 2, Sample.BOOLS, 0, 1).stream())
        .toList();
  }
}
