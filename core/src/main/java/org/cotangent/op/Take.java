package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * The slices of the data at some indices of an axis, as NumPy's {@code take}: the axis is replaced
 * by the axes of the indices. Or, along the axis, as NumPy's {@code take_along_axis}: the indices
 * have the axes of the data, and each names an element of its own line. Inputs are data and
 * indices; a negative index counts from the end. Linear in the data; the transpose is {@link
 * ScatterAdd}.
 *
 * @param axis of the data
 * @param along whether along the axis
 * @param bounds what becomes of an index outside the axis
 */
public record Take(int axis, boolean along, IndexMode bounds) implements Indexing {
  /**
   * Slices at checked indices.
   *
   * @param axis of the data
   */
  public Take(int axis) {
    this(axis, false, IndexMode.CHECKED);
  }

  @Override
  public Mode mode() {
    return Mode.GATHER;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType data = inputs.get(0);
    Rules.requireAxes(this, data.shape(), List.of(axis));
    Shape indices = Rules.integer(this, inputs.get(1)).shape();
    requirePlaces(this, data.shape().dim(axis), indices);
    if (along) {
      requireLines(this, data.shape(), indices);
      return List.of(data.with(indices));
    }
    return List.of(data.with(replaced(data.shape(), indices)));
  }

  /** Nothing can be clipped to an axis without indices. */
  static void requirePlaces(Indexing op, long size, Shape indices) {
    if (op.bounds() == IndexMode.CLIPPED && size == 0 && indices.size() > 0) {
      throw new ShapeException(
          op.name()
              + ": axis "
              + op.axis()
              + " has size 0, so the indices "
              + indices
              + " cannot be clipped to it");
    }
  }

  /** Indices along an axis have the other axes of what they index. */
  static void requireLines(Indexing op, Shape data, Shape indices) {
    boolean alike = indices.rank() == data.rank();
    for (int i = 0; alike && i < data.rank(); i++) {
      alike = i == op.axis() || indices.dim(i) == data.dim(i);
    }
    if (!alike) {
      throw new ShapeException(
          op.name()
              + ": the indices "
              + indices
              + " differ from "
              + data
              + " in other axes than "
              + op.axis()
              + "; broadcast one of them");
    }
  }

  private Shape replaced(Shape data, Shape indices) {
    long[] dims = new long[data.rank() - 1 + indices.rank()];
    for (int i = 0; i < dims.length; i++) {
      if (i < axis) {
        dims[i] = data.dim(i);
      } else if (i < axis + indices.rank()) {
        dims[i] = indices.dim(i - axis);
      } else {
        dims[i] = data.dim(i - indices.rank() + 1);
      }
    }
    return Shape.of(dims);
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear((builder, node, cotangent, k) ->
        builder.value(
            new ScatterAdd(axis, node.input(0).shape().dim(axis), along, bounds),
            cotangent,
            node.input(1)));
  }

  @Override
  public Optional<Batching> batching() {
    return Examples.gather(this);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, new Take(0), Shape.of(5), Shape.of(7), DType.INT64),
                of(dtype, new Take(0), Shape.of(5), Shape.SCALAR, DType.INT32),
                of(dtype, new Take(1), Shape.of(3, 5), Shape.of(2, 2), DType.INT8),
                of(dtype, new Take(0), Shape.of(5, 3), Shape.of(0), DType.INT64),
                of(dtype, new Take(1), Shape.of(2, 7, 3), Shape.of(11), DType.INT64),
                of(dtype, clipped(0, false), Shape.of(5, 3), Shape.of(7), DType.INT16),
                of(dtype, along(0), Shape.of(5), Shape.of(7), DType.INT64),
                of(dtype, along(1), Shape.of(3, 5), Shape.of(3, 2), DType.INT32),
                of(dtype, along(1), Shape.of(2, 7, 3), Shape.of(2, 11, 3), DType.INT64),
                of(dtype, along(0), Shape.of(4, 0), Shape.of(5, 0), DType.INT64),
                of(dtype, clipped(1, true), Shape.of(2, 4, 17), Shape.of(2, 3, 17), DType.INT64))
                .stream())
        .toList();
  }

  private static Take along(int axis) {
    return new Take(axis, true, IndexMode.CHECKED);
  }

  private static Take clipped(int axis, boolean along) {
    return new Take(axis, along, IndexMode.CLIPPED);
  }

  private static Sample of(DType dtype, Take op, Shape data, Shape indices, DType indexType) {
    return Sample.of(
        op, Sample.Input.of(dtype, data), indices(op, data.dim(op.axis()), indexType, indices));
  }

  /** Indices inside an axis; where they are clipped, outside it too. */
  static Sample.Input indices(Indexing op, long size, DType dtype, Shape shape) {
    long more = op.bounds() == IndexMode.CLIPPED ? 3 : 0;
    return Sample.Input.of(dtype, shape, (double) (-size - more), (double) (size - 1 + more));
  }
}
