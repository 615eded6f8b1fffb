package org.cotangent.testing;

import java.math.BigInteger;
import java.util.List;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Op;
import org.cotangent.op.RandomBelow;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Take;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** What gathering, scattering and random integers mean; see {@link Meanings}. */
final class IndexingMeanings {
  private IndexingMeanings() {}

  static void define() {
    Meanings.define(Take.class, IndexingMeanings::take);
    Meanings.define(ScatterAdd.class, IndexingMeanings::scatter);
    Meanings.define(ScatterSet.class, IndexingMeanings::scatter);
    Meanings.define(
        RandomBelow.class,
        (op, in, out) ->
            List.of(Meanings.each(in, out, bits -> below(((RandomBelow) op).bound(), bits))));
  }

  /** The whole part of a fraction, whose digits are the bits, of the bound. */
  private static Object below(long bound, List<Object> bits) {
    BigInteger fraction = BigInteger.ZERO;
    for (Object word : bits) {
      fraction = fraction.shiftLeft(64).add(unsigned((long) word));
    }
    return fraction.multiply(unsigned(bound)).shiftRight(64 * bits.size()).longValue();
  }

  private static BigInteger unsigned(long value) {
    return new BigInteger(Long.toUnsignedString(value));
  }

  private static List<HostArray> take(Op op, List<HostArray> in, List<TensorType> out) {
    HostArray result = HostArray.allocate(out.getFirst());
    Shape data = in.get(0).type().shape();
    for (long i = 0; i < result.type().shape().size(); i++) {
      long[] at = result.type().shape().index(i);
      result.set(i, in.get(0).get(place((Indexing) op, data, in.get(1), at)));
    }
    return List.of(result);
  }

  /** Sums of a narrow dtype are rounded to it once. */
  private static List<HostArray> scatter(Op op, List<HostArray> in, List<TensorType> out) {
    TensorType type = out.getFirst();
    HostArray wide = HostArray.allocate(type.with(type.dtype().arithmetic()));
    HostArray updates = in.get(0);
    for (long i = 0; i < updates.type().shape().size(); i++) {
      long place = place((Indexing) op, type.shape(), in.get(1), updates.type().shape().index(i));
      wide.set(
          place, op instanceof ScatterAdd ? sum(wide.get(place), updates.get(i)) : updates.get(i));
    }
    HostArray result = HostArray.allocate(type);
    for (long i = 0; i < type.shape().size(); i++) {
      result.set(i, wide.get(i));
    }
    return List.of(result);
  }

  private static Object sum(Object a, Object b) {
    return switch (a) {
      case Float x -> (Object) (x + (float) b);
      case Double x -> (Object) (x + (double) b);
      case Integer x -> (Object) (x + (int) b);
      default -> (Object) ((long) a + (long) b);
    };
  }

  /** Where an element of what is taken, or of the updates, lies in what has the axis. */
  private static long place(Indexing op, Shape whole, HostArray indices, long... at) {
    Shape shape = indices.type().shape();
    int axis = op.axis();
    int removed = op.along() ? 1 : shape.rank();
    long position = 0;
    for (int i = 0; i < shape.rank(); i++) {
      position = position * shape.dim(i) + at[op.along() ? i : axis + i];
    }
    long index = ((Number) indices.get(position)).longValue();
    long size = whole.dim(axis);
    if (op.bounds() == IndexMode.CLIPPED) {
      index = Math.min(Math.max(index, -size), size - 1);
    }
    long linear = 0;
    for (int i = 0; i < whole.rank(); i++) {
      long here =
          i < axis ? at[i] : i > axis ? at[i - 1 + removed] : index < 0 ? index + size : index;
      linear = linear * whole.dim(i) + here;
    }
    return linear;
  }
}
