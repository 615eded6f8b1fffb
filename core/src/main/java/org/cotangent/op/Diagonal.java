package org.cotangent.op;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.View;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * The elements {@code x[.., i, .., i + offset, ..]} of two axes, which give way to one axis at the
 * end, as NumPy's {@code diagonal}. A view whose stride is the sum of both strides; its transpose
 * puts the cotangent at equal distances into the flattened zeros of the two axes.
 *
 * @param offset above 0 to the right of the main diagonal, below 0 under it
 * @param rows the axis of i
 * @param columns the axis of i + offset
 */
public record Diagonal(long offset, int rows, int columns) implements View {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape shape = inputs.getFirst().shape();
    if (rows == columns || Math.min(rows, columns) < 0 || Math.max(rows, columns) >= shape.rank()) {
      throw new ShapeException(
          "diagonal: " + rows + " and " + columns + " are not two axes of " + shape);
    }
    return List.of(inputs.getFirst().with(shape(shape)));
  }

  private long firstRow() {
    return Math.max(0, -offset);
  }

  private long firstColumn() {
    return Math.max(0, offset);
  }

  private List<Integer> others(Shape shape) {
    return IntStream.range(0, shape.rank())
        .filter(axis -> axis != rows && axis != columns)
        .boxed()
        .toList();
  }

  private Shape shape(Shape from) {
    long length = Math.min(from.dim(rows) - firstRow(), from.dim(columns) - firstColumn());
    List<Long> dims = new ArrayList<>(others(from).stream().map(from::dim).toList());
    dims.add(Math.max(0, length));
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public Optional<Layout> view(Layout input) {
    Shape shape = shape(input.shape());
    List<Integer> others = others(input.shape());
    long[] strides = new long[shape.rank()];
    for (int i = 0; i < others.size(); i++) {
      strides[i] = input.stride(others.get(i));
    }
    strides[others.size()] = input.stride(rows) + input.stride(columns);
    long first =
        input.offset() + firstRow() * input.stride(rows) + firstColumn() * input.stride(columns);
    // Nothing has no first element; where it would be may lie beyond the buffer.
    return Optional.of(Layout.of(shape, strides, shape.size() == 0 ? 0 : first));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> {
      if (ct.shape().size() == 0) {
        return x.full(0);
      }
      List<Integer> order = new ArrayList<>(others(x.shape()));
      int last = order.size();
      order.add(rows);
      order.add(columns);
      long width = x.shape().dim(columns);
      List<Long> starts = new ArrayList<>(Collections.nCopies(last + 1, 0L));
      List<Long> steps = new ArrayList<>(Collections.nCopies(last + 1, 1L));
      starts.set(last, firstRow() * width + firstColumn());
      steps.set(last, width + 1);
      Shape flat = ct.shape().with(last, x.shape().dim(rows) * width);
      Shape apart = Shape.of(order.stream().mapToLong(x.shape()::dim).toArray());
      return ct.apply(new Pad(flat, starts, steps))
          .reshape(apart)
          .transpose(IntStream.range(0, order.size()).mapToObj(order::indexOf).toList());
    });
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Diagonal(offset, rows + 1, columns + 1));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(5, 5), 0, 0, 1),
                of(dtype, Shape.of(3, 7), 2, 0, 1),
                of(dtype, Shape.of(7, 3), -5, 0, 1),
                of(dtype, Shape.of(3, 7), 1, 1, 0),
                of(dtype, Shape.of(3, 2, 5), 0, 2, 0),
                of(dtype, Shape.of(2, 3, 17), 1, 1, 2),
                of(dtype, Shape.of(2, 3), 4, 0, 1),
                of(dtype, Shape.of(0, 3), 0, 0, 1))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape shape, long offset, int rows, int columns) {
    return Sample.of(new Diagonal(offset, rows, columns), Sample.Input.of(dtype, shape));
  }
}
