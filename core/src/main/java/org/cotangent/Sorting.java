package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Node;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Value;
import org.cotangent.op.Compare;
import org.cotangent.op.Expr;
import org.cotangent.op.Rounding;
import org.cotangent.op.Slice;
import org.cotangent.op.Sort;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** What {@link Tensor} offers to sort and to rank, made of {@link Sort} and its two results. */
final class Sorting {
  private Sorting() {}

  static Tensor sort(String name, Tensor x, int axis, boolean descending, Sort.Result result) {
    Sort op = new Sort(x.axis(name, axis), descending);
    int index = op.results().indexOf(result);
    return Calls.call(name, op, null, (builder, in) -> builder.emit(op, in).result(index), x);
  }

  static TopK topk(Tensor x, long k, int axis) {
    int at = x.axis("topk", axis);
    Sort op = new Sort(at, true);
    List<Tensor> both =
        Calls.calls(
            "topk",
            List.of(op, k),
            null,
            (builder, in) -> {
              Shape shape = in.getFirst().shape();
              if (k < 0 || k > shape.dim(at)) {
                throw new ShapeException(
                    "topk: axis %d of %s has no %d elements; pass a k from 0 to %d"
                        .formatted(at, shape, k, shape.dim(at)));
              }
              Node sorted = builder.emit(op, in);
              Slice first = Shapes.slice(shape, at, 0, k, 1);
              return List.of(
                  builder.value(first, sorted.result(0)), builder.value(first, sorted.result(1)));
            },
            x);
    return new TopK(both.get(0), both.get(1));
  }

  // ---- order statistics

  static Tensor median(Tensor x, int... axes) {
    int[] over = x.axes("median", axes);
    return Calls.call(
        "median",
        list(over),
        null,
        (builder, in) -> {
          Rows rows = Rows.of(new Expr(builder, in.getFirst()), over);
          long middle = rows.length() / 2;
          return rows.length() == 0
              ? rows.nothing(rows.kept()).value()
              : rows.finished(
                      rows.length() % 2 == 1
                          ? rows.element(middle)
                          : rows.element(middle - 1).plus(rows.element(middle)).times(0.5))
                  .value();
        },
        x);
  }

  static Tensor quantile(Tensor x, double q, int... axes) {
    if (!(q >= 0 && q <= 1)) {
      throw Located.at(
          Origin.here("quantile"),
          new ArgumentException("quantile: q is " + q + "; pass one from 0 to 1"));
    }
    int[] over = x.axes("quantile", axes);
    return Calls.call(
        "quantile",
        List.of(q, list(over)),
        null,
        (builder, in) -> {
          Rows rows = Rows.of(new Expr(builder, in.getFirst()), over);
          if (rows.length() == 0) {
            return rows.nothing(rows.kept()).value();
          }
          double place = q * (rows.length() - 1);
          Expr below = rows.element((long) Math.floor(place));
          Expr above = rows.element((long) Math.ceil(place));
          Expr part = below.full(place - Math.floor(place));
          return rows.finished(between(below, above, part)).value();
        },
        x);
  }

  static Tensor quantile(Tensor x, Tensor q, int... axes) {
    int[] over = x.axes("quantile", axes);
    return Calls.call(
        "quantile",
        list(over),
        null,
        (builder, in) -> {
          Rows rows = Rows.of(new Expr(builder, in.get(0)), over);
          Expr at = new Expr(builder, in.get(1));
          if (!at.type().dtype().isFloating()) {
            throw new DTypeException(
                "quantile: q is " + at.type() + ", not a float tensor; cast it to float64 first");
          }
          Shape shape = at.shape().concat(rows.kept());
          if (rows.length() == 0) {
            return rows.nothing(shape).value();
          }
          Expr place = at.cast(at.type().dtype().arithmetic()).times(rows.length() - 1.0);
          Expr floor = place.apply(new Rounding(Rounding.Kind.FLOOR));
          Expr below = rows.elements(floor);
          Expr above = rows.elements(place.apply(new Rounding(Rounding.Kind.CEIL)));
          Expr part = place.minus(floor).cast(below.type().dtype()).repeatBehind(shape);
          Expr inside =
              at.compare(Compare.Kind.GREATER_EQUAL, at.full(0))
                  .and(at.compare(Compare.Kind.LESS_EQUAL, at.full(1)));
          Expr found = between(below, above, part);
          return rows.finished(inside.repeatBehind(shape).where(found, found.full(Double.NaN)))
              .value();
        },
        x,
        q);
  }

  /**
   * As NumPy rounds it, from the nearer of the two. Where their distance is infinite, and NumPy's
   * formula may give NaN, from both.
   */
  private static Expr between(Expr below, Expr above, Expr part) {
    Expr other = part.full(1).minus(part);
    Expr distance = above.minus(below);
    Expr nearer =
        part.compare(Compare.Kind.LESS, part.full(0.5))
            .where(below.plus(distance.times(part)), above.minus(distance.times(other)));
    Expr far =
        below
            .compare(Compare.Kind.EQUAL, above)
            .where(below, below.times(other).plus(above.times(part)));
    return distance
        .compare(Compare.Kind.LESS, distance.full(Double.POSITIVE_INFINITY))
        .where(nearer, far);
  }

  private static List<Integer> list(int... axes) {
    return Arrays.stream(axes).boxed().toList();
  }

  /**
   * The elements over some axes, sorted along one that takes their place as the last.
   *
   * @param sorted of the input's dtype
   * @param dtype of results: the input's where that is a float, else float64
   */
  private record Rows(Expr sorted, DType dtype) {
    static Rows of(Expr x, int... axes) {
      Shape kept = x.shape().without(axes, false);
      List<Integer> order = new ArrayList<>();
      IntStream.range(0, x.shape().rank())
          .filter(axis -> Arrays.stream(axes).noneMatch(over -> over == axis))
          .forEach(order::add);
      order.addAll(list(axes));
      long length = Arrays.stream(axes).mapToLong(x.shape()::dim).reduce(1, Math::multiplyExact);
      Value rows = x.transpose(order).reshape(kept.concat(Shape.of(length))).value();
      Node node = x.builder().emit(new Sort(kept.rank(), false), List.of(rows));
      DType dtype = x.type().dtype();
      return new Rows(
          new Expr(x.builder(), node.result(0)), dtype.isFloating() ? dtype : DType.FLOAT64);
    }

    private int last() {
      return sorted.shape().rank() - 1;
    }

    long length() {
      return sorted.shape().dim(last());
    }

    Shape kept() {
      return sorted.shape().without(new int[] {last()}, false);
    }

    /** The element at one place of each row, in the dtype to compute in. */
    Expr element(long at) {
      return wide(
          sorted.apply(Shapes.slice(sorted.shape(), last(), at, at + 1, 1)).reshape(kept()));
    }

    /** The elements at some places of each row, whose axes come first. */
    Expr elements(Expr places) {
      Expr taken =
          sorted.apply(new Take(last(), false, IndexMode.CLIPPED), places.cast(DType.INT64));
      List<Integer> order =
          IntStream.range(0, taken.shape().rank())
              .map(axis -> (axis + last()) % Math.max(1, taken.shape().rank()))
              .boxed()
              .toList();
      return wide(taken.transpose(order));
    }

    private Expr wide(Expr x) {
      return x.cast(dtype.arithmetic());
    }

    /** A result in its dtype; NaN where there is one, which sorting puts last. */
    Expr finished(Expr x) {
      if (!sorted.type().dtype().isFloating()) {
        return x;
      }
      Expr largest = element(length() - 1).broadcastTo(x.shape());
      return largest.compare(Compare.Kind.EQUAL, largest).where(x, largest).cast(dtype);
    }

    /** Of no elements there is no such thing. */
    Expr nothing(Shape shape) {
      return sorted.full(new TensorType(dtype, shape), Double.NaN);
    }
  }
}
