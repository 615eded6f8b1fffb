package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The float next to a in the direction of b: b where they are equal, NaN if either is; dy/da = 1,
 * dy/db = 0.
 */
public record NextAfter() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(inputs.get(0));
    return builder.build(next(a, builder.input(inputs.get(1))));
  }

  /** The next one of this dtype: of a narrow one too, whose neighbours are farther apart. */
  private static Term next(Term narrow, Term target) {
    Term a = narrow.widen();
    Term b = target.widen();
    Term zero = a.literal(0L);
    Term bits = bits(narrow);
    Term one = bits.literal(1L);
    // Bits without the sign are in the order of the magnitudes, up to infinity.
    Term outwards = a.below(b).equal(zero.below(a));
    Term moved = bits.plus(outwards.select(one, bits.literal(-1L)));
    Term top = bits.literal(-1L << (8 * narrow.dtype().bytes() - 1));
    Term fromZero = bits(target).and(top).or(one);
    Term next = fromBits(a.equal(zero).select(fromZero, moved), narrow.dtype());
    Term numbers = a.equal(a).and(b.equal(b));
    return numbers.select(a.equal(b).select(target, next), a.plus(b).convert(narrow.dtype()));
  }

  /** The bits, sign-extended to an integer dtype that kernels compute in. */
  private static Term bits(Term x) {
    DType same =
        switch (x.dtype().bytes()) {
          case 2 -> DType.INT16;
          case 4 -> DType.INT32;
          default -> DType.INT64;
        };
    return x.bitcast(same).widen();
  }

  private static Term fromBits(Term bits, DType dtype) {
    return (dtype.isNarrow() ? bits.convert(DType.INT16) : bits).bitcast(dtype);
  }

  @Override
  public Derivative derivative() {
    return Rules.firstPartial(in -> in.y().full(1));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new NextAfter(), 2, Sample.FLOATS, -2, 2);
  }
}
