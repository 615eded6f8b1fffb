package org.cotangent.op;

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
 * The axes in another order.
 *
 * @param permutation axis i of the result is axis permutation[i] of the input
 */
public record Transpose(List<Integer> permutation) implements View {
  /** Copies the permutation. */
  public Transpose {
    permutation = List.copyOf(permutation);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape shape = inputs.getFirst().shape();
    if (!permutation.stream()
        .sorted()
        .toList()
        .equals(IntStream.range(0, shape.rank()).boxed().toList())) {
      throw new ShapeException(
          "transpose: axes "
              + permutation
              + " are no permutation of the "
              + shape.rank()
              + " axes of "
              + shape);
    }
    return List.of(
        inputs.getFirst().with(Shape.of(permutation.stream().mapToLong(shape::dim).toArray())));
  }

  @Override
  public Optional<Layout> view(Layout input) {
    return Optional.of(input.transpose(Expr.array(permutation)));
  }

  /** {@return the permutation that undoes this one} */
  public List<Integer> inverse() {
    return IntStream.range(0, permutation.size()).mapToObj(permutation::indexOf).toList();
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.transpose(inverse()));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Transpose(Rules.before(0, Rules.behind(permutation))));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(5, 3), 1, 0),
                of(dtype, Shape.of(2, 3, 17), 2, 0, 1),
                of(dtype, Shape.of(2, 0, 3), 1, 2, 0),
                of(dtype, Shape.of(67, 71), 1, 0),
                of(dtype, Shape.SCALAR))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape shape, Integer... permutation) {
    return Sample.of(new Transpose(List.of(permutation)), Sample.Input.of(dtype, shape));
  }
}
