package org.cotangent.op;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.View;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Elements at equal distances on each axis. Its transpose pads the cotangent with zeros.
 *
 * @param starts first index of each axis
 * @param stops index after the last, at least the start
 * @param steps at least 1
 */
public record Slice(List<Long> starts, List<Long> stops, List<Long> steps) implements View {
  /** Copies the lists. */
  public Slice {
    starts = List.copyOf(starts);
    stops = List.copyOf(stops);
    steps = List.copyOf(steps);
  }

  /** {@return a part of one axis, by steps of 1} */
  static Slice along(Shape shape, int axis, long start, long stop) {
    List<Long> starts = new ArrayList<>(Collections.nCopies(shape.rank(), 0L));
    List<Long> stops = new ArrayList<>(LongStream.of(shape.dims()).boxed().toList());
    starts.set(axis, start);
    stops.set(axis, stop);
    return new Slice(starts, stops, Collections.nCopies(shape.rank(), 1L));
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape shape = inputs.getFirst().shape();
    if (starts.size() != shape.rank()
        || stops.size() != shape.rank()
        || steps.size() != shape.rank()) {
      throw new ShapeException("slice: " + shape + " has " + shape.rank() + " axes, got " + this);
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (starts.get(axis) < 0
          || stops.get(axis) < starts.get(axis)
          || stops.get(axis) > shape.dim(axis)
          || steps.get(axis) < 1) {
        throw new ShapeException(
            "slice: "
                + starts.get(axis)
                + " to "
                + stops.get(axis)
                + " by "
                + steps.get(axis)
                + " does not fit axis "
                + axis
                + " of "
                + shape
                + "; need 0 <= start <= stop <= size and step >= 1");
      }
    }
    return List.of(inputs.getFirst().with(Shape.of(sizes())));
  }

  private long[] sizes() {
    long[] sizes = new long[starts.size()];
    for (int axis = 0; axis < sizes.length; axis++) {
      // Not (length + step - 1) / step, which overflows for large steps.
      long length = stops.get(axis) - starts.get(axis);
      sizes[axis] = length == 0 ? 0 : (length - 1) / steps.get(axis) + 1;
    }
    return sizes;
  }

  private static long[] array(List<Long> list) {
    return list.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public Optional<Layout> view(Layout input) {
    return Optional.of(input.slice(array(starts), array(steps), sizes()));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.apply(new Pad(x.shape(), starts, steps)));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(size ->
        new Slice(Rules.before(0L, starts), Rules.before(size, stops), Rules.before(1L, steps)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(7), List.of(2L), List.of(7L), List.of(1L)),
                of(dtype, Shape.of(11), List.of(1L), List.of(11L), List.of(3L)),
                of(dtype, Shape.of(5), List.of(5L), List.of(5L), List.of(2L)),
                of(dtype, Shape.of(4, 6), List.of(0L, 1L), List.of(4L, 5L), List.of(2L, 3L)),
                of(dtype, Shape.SCALAR, List.of(), List.of(), List.of()))
                .stream())
        .toList();
  }

  private static Sample of(
      DType dtype, Shape shape, List<Long> starts, List<Long> stops, List<Long> steps) {
    return Sample.of(new Slice(starts, stops, steps), Sample.Input.of(dtype, shape));
  }
}
