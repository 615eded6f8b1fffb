package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Zeros, but at some indices of an axis slices of the updates; of several updates for a place the
 * last one. Inputs and shapes are those of {@link ScatterAdd}. Linear in the updates; the transpose
 * gives to each update that stayed what its place has, and zero to the others.
 *
 * @param axis of the result that the indices point into
 * @param size of that axis
 * @param along whether along the axis
 * @param bounds what becomes of an index outside the axis
 */
public record ScatterSet(int axis, long size, boolean along, IndexMode bounds) implements Indexing {
  @Override
  public Mode mode() {
    return Mode.SCATTER_SET;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType updates = inputs.get(0);
    Shape indices = Rules.integer(this, inputs.get(1)).shape();
    return List.of(updates.with(ScatterAdd.scattered(this, size, updates.shape(), indices)));
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear((builder, node, cotangent, k) -> {
      Expr indices = new Expr(builder, node.input(1));
      Expr taken = new Expr(builder, cotangent).apply(new Take(axis, along, bounds), indices);
      Shape updates = node.input(0).shape();
      return stayed(indices)
          .reshape(unit(indices.shape(), updates))
          .broadcastTo(updates)
          .where(taken, taken.full(0))
          .value();
    });
  }

  @Override
  public Optional<Batching> batching() {
    return Examples.scatter(this);
  }

  /** Whether an index is the last one for its place, by writing the indices' numbers there. */
  private Expr stayed(Expr indices) {
    Shape shape = indices.shape();
    int line = along ? axis : 0;
    Expr numbers =
        new Expr(
                indices.builder(),
                indices.builder().value(new Arange(DType.INT64, shape.size(), 0L, 1L)))
            .reshape(shape);
    return numbers
        .apply(new ScatterSet(line, size, along, bounds), indices)
        .apply(new Take(line, along, bounds), indices)
        .compare(Compare.Kind.EQUAL, numbers);
  }

  /** The shape of the indices with axes of size 1 where the updates have axes of their own. */
  private Shape unit(Shape indices, Shape updates) {
    return along
        ? indices
        : Shape.of(
            IntStream.range(0, updates.rank())
                .mapToLong(i -> i >= axis && i < axis + indices.rank() ? indices.dim(i - axis) : 1)
                .toArray());
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, of(0, 5, false), Shape.of(7), Shape.of(7)),
                of(dtype, of(0, 5, false), Shape.SCALAR, Shape.SCALAR),
                of(dtype, of(1, 5, false), Shape.of(3, 2, 2), Shape.of(2, 2)),
                of(dtype, of(0, 4, false), Shape.of(0, 3), Shape.of(0)),
                of(dtype, of(1, 7, false), Shape.of(2, 23, 3), Shape.of(23)),
                of(dtype, of(0, 9, false), Shape.of(5, 17), Shape.of(5)),
                of(dtype, of(0, 5, true), Shape.of(7), Shape.of(7)),
                of(dtype, of(1, 4, true), Shape.of(2, 13, 3), Shape.of(2, 13, 3)),
                of(dtype, of(0, 3, true), Shape.of(0, 3), Shape.of(0, 3)),
                of(dtype, clipped(0, 4, false), Shape.of(9, 2), Shape.of(9)),
                of(dtype, clipped(0, 3, true), Shape.of(5, 17), Shape.of(5, 17)))
                .stream())
        .toList();
  }

  private static ScatterSet of(int axis, long size, boolean along) {
    return new ScatterSet(axis, size, along, IndexMode.CHECKED);
  }

  private static ScatterSet clipped(int axis, long size, boolean along) {
    return new ScatterSet(axis, size, along, IndexMode.CLIPPED);
  }

  private static Sample of(DType dtype, ScatterSet op, Shape updates, Shape indices) {
    return Sample.of(
        op, Sample.Input.of(dtype, updates), Take.indices(op, op.size(), DType.INT64, indices));
  }
}
