package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.scalar.Term;

/**
 * The sum over axes; 0 of no elements. As in NumPy the dtype is the input's for floats and int64
 * for integers and bool; float16 and bfloat16 are summed in float32 and rounded once. Linear: the
 * transpose repeats the cotangent.
 *
 * @param axes ascending
 */
public record Sum(List<Integer> axes) implements Fold {
  /** Copies the axes. */
  public Sum {
    axes = List.copyOf(axes);
  }

  @Override
  public Term combined(Term a, Term b) {
    return a.plus(b);
  }

  @Override
  public long ofNothing() {
    return 0;
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.expand(x.shape(), axes));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Sum(Rules.behind(axes)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return ReductionSamples.of(Sum::new, Sample.ALL, true);
  }
}
