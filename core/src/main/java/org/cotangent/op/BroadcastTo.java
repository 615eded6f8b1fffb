package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
 * The tensor repeated by NumPy's rule: along new axes in front, and along axes of size 1. Its
 * transpose sums the cotangent over the repeated axes; no other op's derivative thinks of this.
 *
 * @param shape the shape
 */
public record BroadcastTo(Shape shape) implements View {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    if (type.shape().rank() > shape.rank()
        || !type.shape().broadcast(name(), shape).equals(shape)) {
      throw new ShapeException("broadcastTo: " + type.shape() + " does not broadcast to " + shape);
    }
    return List.of(type.with(shape));
  }

  @Override
  public Optional<Layout> view(Layout input) {
    return Optional.of(input.broadcast(shape));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> {
      int added = shape.rank() - x.shape().rank();
      List<Integer> repeated = new ArrayList<>();
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (axis < added || x.shape().dim(axis - added) != shape.dim(axis)) {
          repeated.add(axis);
        }
      }
      return (repeated.isEmpty() ? ct : ct.apply(new Sum(repeated))).reshape(x.shape());
    });
  }

  @Override
  public Optional<Batching> batching() {
    return Optional.of((builder, node, count, many) -> {
      Expr x = new Expr(builder, Objects.requireNonNull(many.getFirst()));
      long[] dims = new long[shape.rank() + 1];
      Arrays.fill(dims, 1);
      dims[0] = count;
      int added = shape.rank() - node.input(0).shape().rank();
      for (int axis = added; axis < shape.rank(); axis++) {
        dims[axis + 1] = node.input(0).shape().dim(axis - added);
      }
      return List.of(x.reshape(Shape.of(dims)).broadcastTo(shape.insert(0, count)).value());
    });
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.SCALAR, Shape.of(3, 5)),
                of(dtype, Shape.of(5), Shape.of(3, 5)),
                of(dtype, Shape.of(3, 1), Shape.of(3, 5)),
                of(dtype, Shape.of(1, 3, 1), Shape.of(2, 2, 3, 5)),
                of(dtype, Shape.of(1, 3), Shape.of(0, 3)),
                of(dtype, Shape.of(3, 5), Shape.of(3, 5)))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape from, Shape to) {
    return Sample.of(new BroadcastTo(to), Sample.Input.of(dtype, from));
  }
}
