package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
 * Windows that slide along an axis: {@code y[.., i, .., j] = x[.., i * step + j * dilation, ..]}.
 * The axis counts the windows, a new one at the end the elements of a window. A view whose elements
 * overlap; its transpose adds up the cotangents of each element: spread out by the step they are
 * windows themselves, whose diagonals are summed.
 *
 * @param axis along which
 * @param size elements of a window, at least 1
 * @param step from a window to the next, at least 1
 * @param dilation from an element of a window to the next, at least 1
 */
public record Windows(int axis, long size, long step, long dilation) implements View {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape shape = inputs.getFirst().shape();
    if (axis < 0 || axis >= shape.rank()) {
      throw new ShapeException("windows: " + axis + " is no axis of " + shape);
    }
    if (size < 1 || step < 1 || dilation < 1) {
      throw new ShapeException(
          "windows: size %d, step %d and dilation %d; each is at least 1"
              .formatted(size, step, dilation));
    }
    if (span() > shape.dim(axis)) {
      throw new ShapeException(
          "windows: %d elements at distance %d do not fit into axis %d of %s; pad it, or take less"
              .formatted(size, dilation, axis, shape));
    }
    return List.of(inputs.getFirst().with(shape(shape)));
  }

  /** The elements from the first to the last of a window. */
  private long span() {
    return Math.addExact(Math.multiplyExact(size - 1, dilation), 1);
  }

  private Shape shape(Shape from) {
    long[] dims = Arrays.copyOf(from.dims(), from.rank() + 1);
    dims[axis] = (from.dim(axis) - span()) / step + 1;
    dims[from.rank()] = size;
    return Shape.of(dims);
  }

  @Override
  public Optional<Layout> view(Layout input) {
    Shape shape = shape(input.shape());
    long[] strides = Arrays.copyOf(input.strides(), shape.rank());
    strides[axis] = input.stride(axis) * step;
    strides[shape.rank() - 1] = input.stride(axis) * dilation;
    return Optional.of(Layout.of(shape, strides, shape.size() == 0 ? 0 : input.offset()));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.shape().size() == 0 ? x.full(0) : overlapped(ct, x.shape()));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Windows(axis + 1, this.size, step, dilation));
  }

  private Expr overlapped(Expr ct, Shape from) {
    int rank = from.rank();
    // At distances of the step, with room for the windows that reach over either end.
    long before = span() - 1;
    long[] dims = ct.shape().dims();
    dims[axis] = Math.addExact(from.dim(axis), before);
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank + 1, 0L));
    List<Long> steps = new ArrayList<>(Collections.nCopies(rank + 1, 1L));
    starts.set(axis, before);
    steps.set(axis, step);
    // x[i] got y[(i - j * dilation) / step, j]: from here that is the element before + i - j *
    // dilation, the one at size - 1 - j of the window that begins at i.
    return ct.apply(new Pad(Shape.of(dims), starts, steps))
        .apply(new Windows(axis, size, 1, dilation))
        .apply(new Flip(List.of(rank)))
        .apply(new Diagonal(0, rank, rank + 1))
        .apply(new Sum(List.of(rank)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, Shape.of(7), 0, 3, 1, 1),
                of(dtype, Shape.of(7), 0, 7, 1, 1),
                of(dtype, Shape.of(11), 0, 3, 2, 1),
                of(dtype, Shape.of(12), 0, 2, 5, 3),
                of(dtype, Shape.of(3, 8, 2), 1, 3, 1, 2),
                of(dtype, Shape.of(2, 5), 1, 1, 2, 9),
                of(dtype, Shape.of(5, 4), 0, 2, 4, 1),
                of(dtype, Shape.of(0, 4), 1, 2, 1, 1))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, Shape shape, int axis, long size, long step, long gap) {
    return Sample.of(new Windows(axis, size, step, gap), Sample.Input.of(dtype, shape));
  }
}
