package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Zeros, plus slices of the updates added at some indices of an axis, in the order of the updates.
 * Inputs are updates and indices; the axes of the indices, which lie in the updates from {@code
 * axis} on, are replaced by one of {@code size}. Along the axis, the updates have the shape of the
 * indices. Linear in the updates; the transpose is {@link Take}.
 *
 * @param axis of the result that the indices point into
 * @param size of that axis
 * @param along whether along the axis
 * @param bounds what becomes of an index outside the axis
 */
public record ScatterAdd(int axis, long size, boolean along, IndexMode bounds) implements Indexing {
  /**
   * Slices at checked indices.
   *
   * @param axis of the result that the indices point into
   * @param size of that axis
   */
  public ScatterAdd(int axis, long size) {
    this(axis, size, false, IndexMode.CHECKED);
  }

  @Override
  public Mode mode() {
    return Mode.SCATTER_ADD;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType updates = Rules.numeric(this, inputs.get(0));
    Shape indices = Rules.integer(this, inputs.get(1)).shape();
    return List.of(updates.with(scattered(this, size, updates.shape(), indices)));
  }

  /** The shape of what is made of updates. */
  static Shape scattered(Indexing op, long size, Shape updates, Shape indices) {
    int axis = op.axis();
    int replaced = op.along() ? 1 : indices.rank();
    if (axis < 0 || size < 0 || axis > updates.rank() - replaced) {
      throw new ShapeException(
          op.name()
              + ": axis "
              + axis
              + " of size "
              + size
              + " does not fit updates "
              + updates
              + " at indices "
              + indices);
    }
    if (op.along() && !updates.equals(indices)) {
      throw new ShapeException(
          op.name() + ": updates " + updates + " and indices " + indices + " differ in shape");
    }
    for (int i = 0; !op.along() && i < indices.rank(); i++) {
      if (updates.dim(axis + i) != indices.dim(i)) {
        throw new ShapeException(
            op.name()
                + ": updates "
                + updates
                + " do not have the axes of the indices "
                + indices
                + " from axis "
                + axis
                + " on");
      }
    }
    Take.requirePlaces(op, size, indices);
    long[] dims = new long[updates.rank() - replaced + 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = i < axis ? updates.dim(i) : i == axis ? size : updates.dim(i + replaced - 1);
    }
    return Shape.of(dims);
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear((builder, node, cotangent, k) ->
        builder.value(new Take(axis, along, bounds), cotangent, node.input(1)));
  }

  @Override
  public Optional<Batching> batching() {
    return Examples.scatter(this);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.NUMBERS.stream().flatMap(ScatterAdd::each).toList();
  }

  private static Stream<Sample> each(DType dtype) {
    return Stream.of(
        of(dtype, new ScatterAdd(0, 5), Shape.of(7), Shape.of(7)),
        of(dtype, new ScatterAdd(0, 5), Shape.SCALAR, Shape.SCALAR),
        of(dtype, new ScatterAdd(1, 5), Shape.of(3, 2, 2), Shape.of(2, 2)),
        of(dtype, new ScatterAdd(0, 4), Shape.of(0, 3), Shape.of(0)),
        of(dtype, new ScatterAdd(1, 7), Shape.of(2, 23, 3), Shape.of(23)),
        of(dtype, clipped(0, 4, false), Shape.of(9, 2), Shape.of(9)),
        of(dtype, along(0, 5), Shape.of(7), Shape.of(7)),
        of(dtype, along(1, 4), Shape.of(2, 13, 3), Shape.of(2, 13, 3)),
        of(dtype, along(0, 3), Shape.of(0, 3), Shape.of(0, 3)),
        of(dtype, clipped(0, 3, true), Shape.of(5, 17), Shape.of(5, 17)));
  }

  private static ScatterAdd along(int axis, long size) {
    return new ScatterAdd(axis, size, true, IndexMode.CHECKED);
  }

  private static ScatterAdd clipped(int axis, long size, boolean along) {
    return new ScatterAdd(axis, size, along, IndexMode.CLIPPED);
  }

  private static Sample of(DType dtype, ScatterAdd op, Shape updates, Shape indices) {
    return Sample.of(
        op, Sample.Input.of(dtype, updates), Take.indices(op, op.size(), DType.INT64, indices));
  }
}
