package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.View;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * The elements in row-major order under another shape of the same size.
 *
 * @param shape the shape
 */
public record Reshape(Shape shape) implements View {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    if (type.shape().size() != shape.size()) {
      throw new ShapeException(
          "reshape: "
              + type.shape()
              + " has "
              + type.shape().size()
              + " elements and "
              + shape
              + " has "
              + shape.size()
              + "; ask for as many, or for -1");
    }
    return List.of(type.with(shape));
  }

  @Override
  public Optional<Layout> view(Layout input) {
    return input.reshape(shape);
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.reshape(x.shape()));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(size -> new Reshape(shape.insert(0, size)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(6), Shape.of(2, 3)),
                of(dtype, Shape.of(2, 3, 17), Shape.of(17, 1, 6)),
                of(dtype, Shape.of(0, 5), Shape.of(3, 0)),
                of(dtype, Shape.SCALAR, Shape.of(1, 1)))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape from, Shape to) {
    return Sample.of(new Reshape(to), Sample.Input.of(dtype, from));
  }
}
