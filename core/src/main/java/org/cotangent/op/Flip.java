package org.cotangent.op;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.View;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Some axes from their end to their start: a layout with negative strides. Its own transpose.
 *
 * @param axes ascending
 */
public record Flip(List<Integer> axes) implements View {
  /** Copies the axes. */
  public Flip {
    axes = List.copyOf(axes);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Rules.requireAxes(this, inputs.getFirst().shape(), axes);
    return List.of(inputs.getFirst());
  }

  @Override
  public Optional<Layout> view(Layout input) {
    long[] sizes = input.shape().dims();
    long[] starts = new long[sizes.length];
    long[] steps = new long[sizes.length];
    Arrays.fill(steps, 1);
    for (int axis : axes) {
      starts[axis] = sizes[axis] - 1;
      steps[axis] = -1;
    }
    return Optional.of(input.slice(starts, steps, sizes));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.apply(this));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Flip(Rules.behind(axes)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(7), 0),
                of(dtype, Shape.of(1031), 0),
                of(dtype, Shape.of(4, 6), 1),
                of(dtype, Shape.of(2, 3, 17), 0, 2),
                of(dtype, Shape.of(1, 5), 0),
                of(dtype, Shape.of(3, 0), 0, 1),
                of(dtype, Shape.SCALAR))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape shape, Integer... axes) {
    return Sample.of(new Flip(List.of(axes)), Sample.Input.of(dtype, shape));
  }
}
