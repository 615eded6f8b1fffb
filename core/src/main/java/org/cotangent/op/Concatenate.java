package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Inputs of one dtype, one after the other along an axis. The transpose slices the cotangent.
 *
 * @param axis along which the sizes may differ
 */
public record Concatenate(int axis) implements Rearrange {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType first = inputs.getFirst();
    Rules.requireAxes(this, first.shape(), List.of(axis));
    long total = 0;
    for (TensorType other : inputs) {
      if (other.dtype() != first.dtype()) {
        throw new DTypeException(
            "concatenate: dtypes differ: " + first + " and " + other + "; cast one of them");
      }
      if (other.shape().rank() != first.shape().rank()
          || !other.shape().with(axis, 0).equals(first.shape().with(axis, 0))) {
        throw new ShapeException(
            "concatenate: shapes differ outside axis "
                + axis
                + ": "
                + first.shape()
                + " and "
                + other.shape());
      }
      total = Math.addExact(total, other.shape().dim(axis));
    }
    return List.of(first.with(first.shape().with(axis, total)));
  }

  @Override
  public List<Layout> places(List<TensorType> inputs) {
    Layout whole = Layout.contiguous(infer(inputs).getFirst().shape());
    List<Layout> places = new ArrayList<>();
    long start = 0;
    for (TensorType input : inputs) {
      Shape shape = input.shape();
      long[] starts = new long[shape.rank()];
      long[] steps = new long[shape.rank()];
      Arrays.fill(steps, 1);
      starts[axis] = start;
      places.add(whole.slice(starts, steps, shape.dims()));
      start += shape.dim(axis);
    }
    return places;
  }

  @Override
  public Optional<Object> fill(List<TensorType> inputs) {
    return Optional.empty();
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear(this::part);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Concatenate(axis + 1));
  }

  private Value part(GraphBuilder builder, Node node, Value cotangent, int k) {
    long start = 0;
    for (Value before : node.inputs().subList(0, k)) {
      start += before.shape().dim(axis);
    }
    Shape shape = node.input(k).shape();
    List<Long> starts = new ArrayList<>(Collections.nCopies(shape.rank(), 0L));
    List<Long> stops = new ArrayList<>();
    for (long dim : shape.dims()) {
      stops.add(dim);
    }
    starts.set(axis, start);
    stops.set(axis, start + shape.dim(axis));
    List<Long> steps = Collections.nCopies(shape.rank(), 1L);
    return builder.value(new Slice(starts, stops, steps), cotangent);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, 0, Shape.of(3), Shape.of(5), Shape.of(0)),
                of(dtype, 1, Shape.of(2, 3), Shape.of(2, 4)),
                of(dtype, 0, Shape.of(1, 3), Shape.of(2, 3)),
                of(dtype, 2, Shape.of(2, 3, 1)))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, int axis, Shape... shapes) {
    return new Sample(
        new Concatenate(axis),
        Arrays.stream(shapes).map(shape -> Sample.Input.of(dtype, shape)).toList());
  }
}
