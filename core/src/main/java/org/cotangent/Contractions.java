package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Expr;
import org.cotangent.op.Multiply;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Products of two tensors whose axes have labels: what {@code matmul}, {@code dot}, {@code outer},
 * {@code tensordot} and {@code einsum} have in common. A label of both operands is summed over or
 * is a batch, one of a single operand stays; with nothing to sum the product is elementwise.
 */
final class Contractions {
  /** The labels of a matrix product; batch axes are counted from the end by negative numbers. */
  private static final int ROW = 0;

  private static final int DEPTH = 1;
  private static final int COLUMN = 2;

  private Contractions() {}

  /**
   * A tensor whose axes have labels.
   *
   * @param value the tensor
   * @param labels one for each axis, none twice
   */
  record Labelled(Expr value, List<Integer> labels) {
    long dim(int label) {
      return value.shape().dim(labels.indexOf(label));
    }

    /** The tensor with its axes in the order of these labels, which are its own. */
    Expr inOrder(List<Integer> order) {
      return value.transpose(order.stream().map(labels::indexOf).toList());
    }

    /** The tensor with axes for all of these labels, its own among them, repeated along others. */
    Expr spread(List<Integer> order, Shape shape) {
      List<Integer> own = order.stream().filter(labels::contains).toList();
      long[] dims =
          IntStream.range(0, order.size())
              .mapToLong(i -> own.contains(order.get(i)) ? shape.dim(i) : 1)
              .toArray();
      return inOrder(own).reshape(Shape.of(dims)).broadcastTo(shape);
    }
  }

  /**
   * {@return the product of two, summed over the labels that both have and that are not kept}
   *
   * @param a one
   * @param b another, of equal sizes where labels are equal
   * @param kept the labels that stay, among them all that only one of the two has
   * @param order the order of the result's axes, or null for whatever costs nothing
   */
  static Labelled product(
      Labelled a, Labelled b, Set<Integer> kept, @Nullable List<Integer> order) {
    List<Integer> contracted =
        a.labels().stream().filter(b.labels()::contains).filter(l -> !kept.contains(l)).toList();
    Labelled product =
        contracted.isEmpty() ? elementwise(a, b, order) : contraction(a, b, contracted, order);
    return order == null ? product : new Labelled(product.inOrder(order), order);
  }

  private static Labelled elementwise(Labelled a, Labelled b, @Nullable List<Integer> order) {
    Set<Integer> union = new LinkedHashSet<>(a.labels());
    union.addAll(b.labels());
    List<Integer> labels = order == null ? List.copyOf(union) : order;
    Shape shape =
        Shape.of(
            labels.stream()
                .mapToLong(label -> a.labels().contains(label) ? a.dim(label) : b.dim(label))
                .toArray());
    return new Labelled(
        a.spread(labels, shape).apply(new Multiply(), b.spread(labels, shape)), labels);
  }

  private static Labelled contraction(
      Labelled a, Labelled b, List<Integer> contracted, @Nullable List<Integer> order) {
    List<Integer> batch =
        (order == null ? a.labels() : order)
            .stream()
                .filter(label -> a.labels().contains(label) && b.labels().contains(label))
                .filter(label -> !contracted.contains(label))
                .toList();
    List<Integer> free =
        concat(List.of(batch, without(a, batch, contracted), without(b, batch, contracted)));
    List<Integer> swapped =
        concat(List.of(batch, without(b, batch, contracted), without(a, batch, contracted)));
    // The operands change places where that spares a transposition.
    return swapped.equals(order) && !free.equals(order)
        ? new Labelled(general(b, a, batch, contracted), swapped)
        : new Labelled(general(a, b, batch, contracted), free);
  }

  private static Expr general(
      Labelled left, Labelled right, List<Integer> batch, List<Integer> contracted) {
    return left.value()
        .apply(
            new DotGeneral(
                batch.stream().map(left.labels()::indexOf).toList(),
                batch.stream().map(right.labels()::indexOf).toList(),
                contracted.stream().map(left.labels()::indexOf).toList(),
                contracted.stream().map(right.labels()::indexOf).toList()),
            right.value());
  }

  private static List<Integer> without(
      Labelled operand, List<Integer> batch, List<Integer> contracted) {
    return operand.labels().stream()
        .filter(label -> !batch.contains(label) && !contracted.contains(label))
        .toList();
  }

  private static List<Integer> concat(List<List<Integer>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }

  // ---- matmul

  static Value matmul(GraphBuilder builder, List<Value> in) {
    Expr left = new Expr(builder, in.get(0));
    Expr right = new Expr(builder, in.get(1));
    Tensor.requireSameDtype("matmul", in);
    Shape a = left.shape();
    Shape b = right.shape();
    if (a.rank() == 0 || b.rank() == 0) {
      throw new ShapeException(
          "matmul: " + a + " x " + b + ": a scalar has no matrix product; use mul");
    }
    requireInner("matmul", a, b, a.rank() - 1, Math.max(0, b.rank() - 2));
    Shape batch = batch(a).broadcast("matmul", batch(b));
    Labelled y = matrices(right, b.rank() > 1 ? List.of(DEPTH, COLUMN) : List.of(DEPTH));
    Labelled x = repeated(matrices(left, a.rank() > 1 ? List.of(ROW, DEPTH) : List.of(DEPTH)), y);
    List<Integer> order = concat(List.of(labels(batch.rank()), List.of(ROW, COLUMN)));
    List<Integer> present =
        order.stream()
            .filter(label -> x.labels().contains(label) || y.labels().contains(label))
            .toList();
    Expr product = product(x, y, Set.copyOf(present), present).value();
    // Batch axes of size 1 in both are in neither now.
    long[] dims =
        IntStream.range(0, order.size())
            .filter(i -> order.get(i) < 0 || present.contains(order.get(i)))
            .mapToLong(i ->
                order.get(i) < 0
                    ? batch.dim(i)
                    : product.shape().dim(present.indexOf(order.get(i))))
            .toArray();
    return product.reshape(Shape.of(dims)).value();
  }

  /**
   * The left operand with the right one's batch, if it has none: repeated it costs nothing, while a
   * batch among the columns would be a copy. A batch on the left alone, in contrast, is rows like
   * all others, and one product.
   */
  private static Labelled repeated(Labelled left, Labelled right) {
    List<Integer> labels =
        new ArrayList<>(right.labels().stream().filter(label -> label < 0).toList());
    if (labels.isEmpty() || left.labels().getFirst() < 0) {
      return left;
    }
    labels.addAll(left.labels());
    Shape shape =
        Shape.of(
            labels.stream()
                .mapToLong(label -> label < 0 ? right.dim(label) : left.dim(label))
                .toArray());
    return new Labelled(left.value().broadcastTo(shape), labels);
  }

  /** The axes before the last two, or none. */
  private static Shape batch(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.dims(), Math.max(0, shape.rank() - 2)));
  }

  private static List<Integer> labels(int batch) {
    return IntStream.range(-batch, 0).boxed().toList();
  }

  /** An operand without the batch axes of size 1, which broadcast by not being there. */
  private static Labelled matrices(Expr operand, List<Integer> own) {
    int batch = operand.shape().rank() - own.size();
    return withoutAxes(
        operand,
        concat(List.of(labels(batch), own)),
        axis -> axis < batch && operand.shape().dim(axis) == 1);
  }

  /** An operand without some of its axes, which have size 1. */
  static Labelled withoutAxes(Expr operand, List<Integer> labels, IntPredicate isLeftOut) {
    int[] axes = IntStream.range(0, labels.size()).filter(isLeftOut).toArray();
    List<Integer> rest =
        IntStream.range(0, labels.size()).filter(isLeftOut.negate()).mapToObj(labels::get).toList();
    return new Labelled(operand.reshape(operand.shape().without(axes, false)), rest);
  }

  private static void requireInner(String op, Shape a, Shape b, int axis, int other) {
    if (a.dim(axis) != b.dim(other)) {
      throw new ShapeException(
          op
              + ": inner dimensions differ: "
              + a
              + " x "
              + b
              + ": "
              + a.dim(axis)
              + " != "
              + b.dim(other));
    }
  }

  // ---- the others

  static Value dot(GraphBuilder builder, List<Value> in) {
    Shape a = in.get(0).shape();
    Shape b = in.get(1).shape();
    if (a.rank() == 0 || b.rank() == 0) {
      return tensordot("dot", builder, in, new int[0], new int[0]);
    }
    int axis = a.rank() - 1;
    int other = Math.max(0, b.rank() - 2);
    requireInner("dot", a, b, axis, other);
    return tensordot("dot", builder, in, new int[] {axis}, new int[] {other});
  }

  static Value outer(GraphBuilder builder, List<Value> in) {
    List<Value> flat =
        in.stream()
            .map(value -> new Expr(builder, value).reshape(Shape.of(value.shape().size())).value())
            .toList();
    return tensordot("outer", builder, flat, new int[0], new int[0]);
  }

  static Value tensordot(GraphBuilder builder, List<Value> in, int count) {
    Shape a = in.get(0).shape();
    Shape b = in.get(1).shape();
    if (count < 0 || count > Math.min(a.rank(), b.rank())) {
      throw new ShapeException(
          "tensordot: "
              + count
              + " axes of "
              + a
              + " and "
              + b
              + "; pass 0 to "
              + Math.min(a.rank(), b.rank()));
    }
    return tensordot(
        "tensordot",
        builder,
        in,
        IntStream.range(a.rank() - count, a.rank()).toArray(),
        IntStream.range(0, count).toArray());
  }

  /** Sums over paired axes; the left input's other axes come before those of the right. */
  static Value tensordot(
      String op, GraphBuilder builder, List<Value> in, int[] axes, int[] others) {
    Tensor.requireSameDtype(op, in);
    Shape a = in.get(0).shape();
    Shape b = in.get(1).shape();
    if (axes.length != others.length) {
      throw new ShapeException(
          op
              + ": "
              + Arrays.toString(axes)
              + " and "
              + Arrays.toString(others)
              + " are not as many axes");
    }
    // For their checks: in range, and none twice.
    a.axes(op, axes);
    b.axes(op, others);
    List<Integer> left = new ArrayList<>(IntStream.range(0, a.rank()).boxed().toList());
    List<Integer> right =
        new ArrayList<>(IntStream.range(a.rank(), a.rank() + b.rank()).boxed().toList());
    List<Integer> order = concat(List.of(left, right));
    for (int i = 0; i < axes.length; i++) {
      int axis = a.axis(op, axes[i]);
      int other = b.axis(op, others[i]);
      if (a.dim(axis) != b.dim(other)) {
        throw new ShapeException(
            op
                + ": axis "
                + axis
                + " of "
                + a
                + " has "
                + a.dim(axis)
                + ", axis "
                + other
                + " of "
                + b
                + " has "
                + b.dim(other));
      }
      right.set(other, axis);
    }
    List<Integer> kept =
        order.stream().filter(label -> left.contains(label) != right.contains(label)).toList();
    return product(
            new Labelled(new Expr(builder, in.get(0)), left),
            new Labelled(new Expr(builder, in.get(1)), right),
            Set.copyOf(kept),
            kept)
        .value()
        .value();
  }
}
