package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Rearrange;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Zeros, with the input at equal distances on each axis: the transpose of {@link Slice}.
 *
 * @param shape of the result
 * @param starts where the first element goes on each axis
 * @param steps at least 1
 */
public record Pad(Shape shape, List<Long> starts, List<Long> steps) implements Rearrange {
  /** Copies the lists. */
  public Pad {
    starts = List.copyOf(starts);
    steps = List.copyOf(steps);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape from = inputs.getFirst().shape();
    if (from.rank() != shape.rank()
        || starts.size() != shape.rank()
        || steps.size() != shape.rank()) {
      throw new ShapeException("pad: " + from + " and " + this + " have different ranks");
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      long size = from.dim(axis);
      if (starts.get(axis) < 0 || steps.get(axis) < 1) {
        throw new ShapeException(
            "pad: start "
                + starts.get(axis)
                + " and step "
                + steps.get(axis)
                + " of axis "
                + axis
                + "; need start >= 0 and step >= 1");
      }
      if (size > 0 && starts.get(axis) + (size - 1) * steps.get(axis) >= shape.dim(axis)) {
        throw new ShapeException(
            "pad: " + from + " from " + starts + " by " + steps + " does not fit " + shape);
      }
    }
    return List.of(inputs.getFirst().with(shape));
  }

  @Override
  public List<Layout> places(List<TensorType> inputs) {
    return List.of(
        Layout.contiguous(shape)
            .slice(
                starts.stream().mapToLong(Long::longValue).toArray(),
                steps.stream().mapToLong(Long::longValue).toArray(),
                inputs.getFirst().shape().dims()));
  }

  @Override
  public Optional<Object> fill(List<TensorType> inputs) {
    return Optional.of(inputs.getFirst().dtype().scalar("pad", 0L));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> {
      List<Long> stops =
          IntStream.range(0, shape.rank())
              .mapToObj(axis ->
                  x.shape().dim(axis) == 0
                      ? starts.get(axis)
                      : starts.get(axis) + (x.shape().dim(axis) - 1) * steps.get(axis) + 1)
              .toList();
      return ct.apply(new Slice(starts, stops, steps));
    });
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(
        size -> new Pad(shape.insert(0, size), Rules.before(0L, starts), Rules.before(1L, steps)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(5), Shape.of(7), List.of(2L), List.of(1L)),
                of(dtype, Shape.of(4), Shape.of(11), List.of(1L), List.of(3L)),
                of(dtype, Shape.of(0, 3), Shape.of(2, 3), List.of(1L, 0L), List.of(1L, 1L)),
                of(dtype, Shape.of(2, 2), Shape.of(4, 6), List.of(0L, 1L), List.of(2L, 3L)))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape from, Shape to, List<Long> starts, List<Long> steps) {
    return Sample.of(new Pad(to, starts, steps), Sample.Input.of(dtype, from));
  }
}
