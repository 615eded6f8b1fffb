package org.cotangent.testing;

import java.util.List;
import org.cotangent.op.Diagonal;
import org.cotangent.op.Flip;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/** What ops mean that only move elements: where each element of the result comes from. */
final class ShapeMeanings {
  private ShapeMeanings() {}

  /** The index in the input of an element of the result. */
  interface Source {
    long[] of(Shape from, long... at);
  }

  static void define() {
    Meanings.define(
        Flip.class,
        (op, in, out) ->
            moved(
                in,
                out.getFirst().shape(),
                (from, at) -> {
                  long[] source = at.clone();
                  for (int axis : ((Flip) op).axes()) {
                    source[axis] = from.dim(axis) - 1 - at[axis];
                  }
                  return source;
                }));
    Meanings.define(
        Diagonal.class,
        (op, in, out) ->
            moved(in, out.getFirst().shape(), (from, at) -> onDiagonal((Diagonal) op, from, at)));
  }

  private static long[] onDiagonal(Diagonal op, Shape from, long... at) {
    long[] source = new long[from.rank()];
    int next = 0;
    for (int axis = 0; axis < source.length; axis++) {
      if (axis != op.rows() && axis != op.columns()) {
        source[axis] = at[next++];
      }
    }
    source[op.rows()] = at[next] + (op.offset() < 0 ? -op.offset() : 0);
    source[op.columns()] = source[op.rows()] + op.offset();
    return source;
  }

  static List<HostArray> moved(List<HostArray> in, Shape to, Source source) {
    HostArray input = in.getFirst();
    Shape from = input.type().shape();
    HostArray result = HostArray.allocate(input.type().with(to));
    for (long i = 0; i < to.size(); i++) {
      long[] at = source.of(from, to.index(i));
      long linear = 0;
      for (int axis = 0; axis < at.length; axis++) {
        linear = linear * from.dim(axis) + at[axis];
      }
      result.set(i, input.get(linear));
    }
    return List.of(result);
  }
}
