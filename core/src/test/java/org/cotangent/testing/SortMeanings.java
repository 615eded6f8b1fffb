package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.cotangent.graph.Op;
import org.cotangent.op.SearchSorted;
import org.cotangent.op.Sort;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** What sorting and searching mean; see {@link Meanings}. */
final class SortMeanings {
  private SortMeanings() {}

  static void define() {
    Meanings.define(Sort.class, SortMeanings::sort);
    Meanings.define(
        SearchSorted.class,
        (op, in, out) ->
            List.of(
                Meanings.each(
                    in.subList(1, 2),
                    out,
                    value -> count(((SearchSorted) op).right(), in.get(0), value.getFirst()))));
  }

  private static Object count(boolean right, HostArray sorted, Object value) {
    return LongStream.range(0, sorted.type().shape().size())
        .map(i -> compare(sorted.get(i), value))
        .filter(order -> right ? order <= 0 : order < 0)
        .count();
  }

  /** By the list's own sort, which is stable. */
  private static List<HostArray> sort(Op op, List<HostArray> in, List<TensorType> out) {
    Sort sort = (Sort) op;
    HostArray x = in.getFirst();
    Shape shape = x.type().shape();
    List<HostArray> results = out.stream().map(HostArray::allocate).toList();
    for (long start = 0; start < shape.size(); start++) {
      if (shape.index(start)[sort.axis()] != 0) {
        continue;
      }
      long first = start;
      long stride = shape.strides()[sort.axis()];
      List<Long> row =
          new ArrayList<>(LongStream.range(0, shape.dim(sort.axis())).boxed().toList());
      Comparator<Long> order =
          (i, j) -> compare(x.get(first + i * stride), x.get(first + j * stride));
      row.sort(sort.descending() ? order.reversed() : order);
      for (int r = 0; r < results.size(); r++) {
        for (int i = 0; i < row.size(); i++) {
          Object value =
              sort.results().get(r) == Sort.Result.POSITIONS
                  ? (Object) row.get(i)
                  : x.get(first + row.get(i) * stride);
          results.get(r).set(first + i * stride, value);
        }
      }
    }
    return results;
  }

  /** NaN is the largest, and -0 equals +0. */
  private static int compare(Object a, Object b) {
    return switch (a) {
      case Boolean x -> Boolean.compare(x, (boolean) b);
      case Float x -> Double.compare(x + 0.0, (float) b + 0.0);
      case Double x -> Double.compare(x + 0.0, (double) b + 0.0);
      default -> Long.compare(((Number) a).longValue(), ((Number) b).longValue());
    };
  }
}
