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
 * An integer with its bits moved by a count of places. A count that is negative or reaches the
 * width moves all bits out, as in NumPy: to the left that leaves 0, to the right the sign, 0 or -1.
 *
 * @param kind which way
 */
public record Shift(Kind kind) implements Elementwise {
  /** The two ways. */
  public enum Kind {
    /** Towards the high bits, with zeros from below. */
    LEFT,
    /** Towards the low bits, with copies of the sign from above. */
    RIGHT
  }

  @Override
  public String name() {
    return switch (kind) {
      case LEFT -> "shiftLeft";
      case RIGHT -> "shiftRight";
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.integer(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, this::shift);
  }

  private Term shift(Term x, Term count) {
    long width = x.dtype().bytes() * 8L;
    // From 0 to below the width, a power of two: no bit from the width's own on.
    Term inside = count.and(count.literal(-width)).equal(count.literal(0L));
    return switch (kind) {
      case LEFT -> inside.select(x.shiftLeft(count), x.literal(0L));
      case RIGHT -> x.shiftRight(inside.select(count, count.literal(width - 1)));
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Sample.elementwise(new Shift(kind), 2, Sample.INTEGERS, -9, 70).stream())
        .toList();
  }
}
