package org.cotangent.op;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.cotangent.graph.Batching;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/** Indexing for many examples at once: {@link Take}, {@link ScatterAdd} and {@link ScatterSet}. */
final class Examples {
  private Examples() {}

  /**
   * Where all examples share the indices, or the indices stand for single elements, the axis is one
   * further. Where they share the data, each example's indices are axes of the result. Else the
   * data lie end to end, and so do the indices.
   */
  static Optional<Batching> gather(Take op) {
    return Optional.of((builder, node, size, many) -> {
      if (op.along() || many.get(1) == null) {
        return further(op, builder, node, size, many);
      }
      Expr indices = new Expr(builder, Objects.requireNonNull(many.get(1)));
      if (many.get(0) == null) {
        return List.of(
            new Expr(builder, node.input(0)).apply(op, indices).moveAxis(op.axis(), 0).value());
      }
      Expr data = new Expr(builder, Objects.requireNonNull(many.get(0)));
      long each = data.shape().dim(op.axis() + 1);
      Expr lines = merged(data.moveAxis(op.axis() + 1, 1));
      Expr taken =
          lines.apply(
              new Take(0, false, unchecked(op, lines.shape().dim(0))), flat(indices, each, op));
      // (examples, indices..., axes before) to (examples, axes before, indices...).
      for (int i = 0; i < op.axis(); i++) {
        taken = taken.moveAxis(indices.shape().rank() + i, 1 + i);
      }
      return List.of(taken.value());
    });
  }

  /** As {@link #gather}, the other way. */
  static Optional<Batching> scatter(Indexing op) {
    return Optional.of((builder, node, size, many) -> {
      if (op.along() || many.get(1) == null) {
        return further(op, builder, node, size, many);
      }
      Expr indices = new Expr(builder, Objects.requireNonNull(many.get(1)));
      Expr updates = new Expr(builder, Expr.everywhere(builder, node, size, many).getFirst());
      for (int i = op.axis() - 1; i >= 0; i--) {
        updates = updates.moveAxis(1 + i, indices.shape().rank() + i);
      }
      long each = node.result().shape().dim(op.axis());
      long all = Math.multiplyExact(size, each);
      Expr lines = updates.apply(scatter(op, 0, all, unchecked(op, all)), flat(indices, each, op));
      Shape apart = lines.shape().with(0, each).insert(0, size);
      return List.of(lines.reshape(apart).moveAxis(1, op.axis() + 1).value());
    });
  }

  private static List<Value> further(
      Indexing op, GraphBuilder builder, Node node, long size, List<@Nullable Value> many) {
    List<Value> inputs = Expr.everywhere(builder, node, size, many);
    Value indices = op.along() ? inputs.get(1) : node.input(1);
    Indexing moved =
        op.mode() == Indexing.Mode.GATHER
            ? new Take(op.axis() + 1, op.along(), op.bounds())
            : scatter(op, op.axis() + 1, node.result().shape().dim(op.axis()), op.bounds());
    return List.of(builder.value(moved, inputs.get(0), indices));
  }

  private static Indexing scatter(Indexing op, int axis, long size, IndexMode bounds) {
    return op.mode() == Indexing.Mode.SCATTER_ADD
        ? new ScatterAdd(axis, size, op.along(), bounds)
        : new ScatterSet(axis, size, op.along(), bounds);
  }

  /** The first two axes as one. */
  private static Expr merged(Expr x) {
    long[] dims = x.shape().dims();
    dims[1] = Math.multiplyExact(dims[0], dims[1]);
    return x.reshape(Shape.of(LongStream.of(dims).skip(1).toArray()));
  }

  /**
   * Indices into all examples end to end. What the op says of indices outside their axis is done
   * here, where that axis is still one example's.
   */
  private static Expr flat(Expr indices, long each, Indexing op) {
    Shape shape = indices.shape();
    Expr places = count(indices.builder(), each, 1);
    Expr inside = places.apply(new Take(0, false, op.bounds()), indices);
    return inside.plus(count(indices.builder(), shape.dim(0), each).repeatBehind(shape));
  }

  private static Expr count(GraphBuilder builder, long size, long step) {
    return new Expr(builder, builder.value(new Arange(DType.INT64, size, 0L, step)));
  }

  /** Indices that were looked at need no second look; but nothing is clipped to no axis. */
  private static IndexMode unchecked(Indexing op, long size) {
    return size == 0 ? op.bounds() : IndexMode.CLIPPED;
  }
}
