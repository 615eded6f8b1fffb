package org.cotangent.op;

import java.util.List;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Zeros, plus slices of the updates added at some indices of an axis, in the order of the updates.
 * Inputs are updates and indices; the axes of the indices, which lie in the updates from {@code
 * axis} on, are replaced by one of {@code size}. Linear in the updates; the transpose is {@link
 * Take}.
 *
 * @param axis of the result that the indices point into
 * @param size of that axis
 */
public record ScatterAdd(int axis, long size) implements Indexing {
  @Override
  public Mode mode() {
    return Mode.SCATTER_ADD;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType updates = Rules.numeric(this, inputs.get(0));
    Shape shape = updates.shape();
    Shape indices = Rules.integer(this, inputs.get(1)).shape();
    if (axis < 0 || size < 0 || axis > shape.rank() - indices.rank()) {
      throw new ShapeException(
          "scatterAdd: axis "
              + axis
              + " of size "
              + size
              + " does not fit updates "
              + shape
              + " at indices "
              + indices);
    }
    for (int i = 0; i < indices.rank(); i++) {
      if (axis + i >= shape.rank() || shape.dim(axis + i) != indices.dim(i)) {
        throw new ShapeException(
            "scatterAdd: updates "
                + shape
                + " do not have the axes of the indices "
                + indices
                + " from axis "
                + axis
                + " on");
      }
    }
    long[] dims = new long[shape.rank() - indices.rank() + 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = i < axis ? shape.dim(i) : i == axis ? size : shape.dim(i + indices.rank() - 1);
    }
    return List.of(updates.with(Shape.of(dims)));
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear(
        (builder, node, cotangent, k) -> builder.value(new Take(axis), cotangent, node.input(1)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.NUMBERS.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, 0, Shape.of(7), Shape.of(7), 5),
                of(dtype, 0, Shape.SCALAR, Shape.SCALAR, 5),
                of(dtype, 1, Shape.of(3, 2, 2), Shape.of(2, 2), 5),
                of(dtype, 0, Shape.of(0, 3), Shape.of(0), 4),
                of(dtype, 1, Shape.of(2, 23, 3), Shape.of(23), 7))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, int axis, Shape updates, Shape indices, long size) {
    return Sample.of(
        new ScatterAdd(axis, size),
        Sample.Input.of(dtype, updates),
        Sample.Input.of(DType.INT64, indices, (double) -size, (double) (size - 1)));
  }
}
