package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * The slices of the data at some indices of an axis, as NumPy's {@code take}: the axis is replaced
 * by the axes of the indices. Inputs are data and indices (int32 or int64); a negative index counts
 * from the end. Linear in the data; the transpose is {@link ScatterAdd}.
 *
 * @param axis of the data
 */
public record Take(int axis) implements Indexing {
  @Override
  public Mode mode() {
    return Mode.GATHER;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType data = inputs.get(0);
    Rules.requireAxes(this, data.shape(), List.of(axis));
    Rules.integer(this, inputs.get(1));
    return List.of(data.with(replaced(data.shape(), inputs.get(1).shape())));
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
            new ScatterAdd(axis, node.input(0).shape().dim(axis)), cotangent, node.input(1)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, 0, Shape.of(5), Shape.of(7), DType.INT64),
                of(dtype, 0, Shape.of(5), Shape.SCALAR, DType.INT32),
                of(dtype, 1, Shape.of(3, 5), Shape.of(2, 2), DType.INT32),
                of(dtype, 0, Shape.of(5, 3), Shape.of(0), DType.INT64),
                of(dtype, 1, Shape.of(2, 7, 3), Shape.of(11), DType.INT64))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, int axis, Shape data, Shape indices, DType indexType) {
    long size = data.dim(axis);
    return Sample.of(
        new Take(axis),
        Sample.Input.of(dtype, data),
        Sample.Input.of(indexType, indices, (double) -size, (double) (size - 1)));
  }
}
