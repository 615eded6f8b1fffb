package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Reduction;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The position of the largest element over axes as int64, counted in row-major order of these axes;
 * of several the first, and the first NaN if there is one, as in NumPy.
 *
 * @param axes ascending
 */
public record ArgMax(List<Integer> axes) implements Reduction {
  /** Copies the axes. */
  public ArgMax {
    axes = List.copyOf(axes);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    Rules.requireAxes(this, type.shape(), axes);
    Max.requireElements(this, type.shape(), axes);
    return List.of(new TensorType(DType.INT64, type.shape().without(Expr.array(axes), false)));
  }

  @Override
  public Body lift(DType input) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(input);
    return builder.build(x.widen(), builder.input(DType.INT64));
  }

  @Override
  public Body combine(DType input) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(input.arithmetic());
    Term at = builder.input(DType.INT64);
    Term y = builder.input(input.arithmetic());
    Term other = builder.input(DType.INT64);
    Term otherWins = wins(y, x).or(wins(x, y).not().and(other.below(at)));
    return builder.build(otherWins.select(y, x), otherWins.select(other, at));
  }

  /** Whether a is larger than b, NaN being the largest. */
  private static Term wins(Term a, Term b) {
    return b.below(a).or(a.equal(a).not().and(b.equal(b)));
  }

  @Override
  public Body finish(DType input) {
    return Rules.binary(List.of(input.arithmetic(), DType.INT64), (x, at) -> at);
  }

  @Override
  public List<Object> empty(DType input) {
    throw new IllegalStateException("infer refuses empty axes");
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new ArgMax(Rules.behind(axes)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return ReductionSamples.of(ArgMax::new, Sample.ALL, false);
  }
}
