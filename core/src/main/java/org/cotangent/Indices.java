package org.cotangent;

import java.util.Arrays;
import java.util.List;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Value;
import org.cotangent.op.Arange;
import org.cotangent.op.Compare;
import org.cotangent.op.Expr;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Slice;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * What {@link Tensor} offers to read and write at indices, made of {@link Take}, {@link ScatterAdd}
 * and {@link ScatterSet}. Coordinates become one index into leading axes that are made one.
 */
final class Indices {
  private Indices() {}

  static Tensor take(Tensor x, Tensor indices, int axis, IndexMode mode) {
    Device.requireNonNull("take", "mode", mode);
    Take op = new Take(x.axis("take", axis), false, mode);
    return Calls.call("take", op, null, (builder, in) -> builder.emit(op, in).result(), x, indices);
  }

  static Tensor takeAlongAxis(Tensor x, Tensor indices, int axis, IndexMode mode) {
    Device.requireNonNull("takeAlongAxis", "mode", mode);
    Take op = new Take(x.axis("takeAlongAxis", axis), true, mode);
    return Calls.call(
        "takeAlongAxis",
        op,
        null,
        (builder, in) -> {
          Expr data = new Expr(builder, in.get(0));
          Expr at = new Expr(builder, in.get(1));
          requireRank("takeAlongAxis", data.shape(), at.shape());
          Shape others =
              with(data.shape(), op.axis(), 1)
                  .broadcast("takeAlongAxis", with(at.shape(), op.axis(), 1));
          return data.broadcastTo(with(others, op.axis(), data.shape().dim(op.axis())))
              .apply(op, at.broadcastTo(with(others, op.axis(), at.shape().dim(op.axis()))))
              .value();
        },
        x,
        indices);
  }

  static Tensor gather(Tensor x, Tensor indices) {
    return Calls.call(
        "gather",
        "",
        null,
        (builder, in) -> {
          Expr data = new Expr(builder, in.get(0));
          Places places = places("gather", data.shape(), new Expr(builder, in.get(1)));
          return data.reshape(places.flat())
              .apply(new Take(0, false, places.mode()), places.indices())
              .value();
        },
        x,
        indices);
  }

  static Tensor scatter(boolean adds, Tensor x, Tensor indices, Tensor updates, int axis) {
    String name = adds ? "scatterAdd" : "scatterSet";
    int at = x.axis(name, axis);
    return Calls.call(
        name,
        at,
        null,
        (builder, in) -> {
          Tensor.requireSameDtype(name, List.of(in.get(0), in.get(2)));
          Expr data = new Expr(builder, in.get(0));
          Expr places = new Expr(builder, in.get(1));
          Shape slices = data.apply(new Take(at), places).shape();
          Expr all = broadcast(name, new Expr(builder, in.get(2)), slices);
          return scattered(adds, data, places, all, at, false, IndexMode.CHECKED).value();
        },
        x,
        indices,
        updates);
  }

  static Tensor scatterAlongAxis(boolean adds, Tensor x, Tensor indices, Tensor updates, int axis) {
    String name = adds ? "scatterAddAlongAxis" : "scatterSetAlongAxis";
    int at = x.axis(name, axis);
    return Calls.call(
        name,
        at,
        null,
        (builder, in) -> {
          Tensor.requireSameDtype(name, List.of(in.get(0), in.get(2)));
          Expr data = new Expr(builder, in.get(0));
          Expr places = new Expr(builder, in.get(1));
          requireRank(name, data.shape(), places.shape());
          Shape lines = with(data.shape(), at, places.shape().dim(at));
          Expr all = broadcast(name, new Expr(builder, in.get(2)), lines);
          places = broadcast(name, places, lines);
          return scattered(adds, data, places, all, at, true, IndexMode.CHECKED).value();
        },
        x,
        indices,
        updates);
  }

  static Tensor scatter(boolean adds, Tensor x, Tensor indices, Tensor updates) {
    String name = adds ? "scatterAdd" : "scatterSet";
    return Calls.call(
        name,
        "",
        null,
        (builder, in) -> {
          Tensor.requireSameDtype(name, List.of(in.get(0), in.get(2)));
          Expr data = new Expr(builder, in.get(0));
          Places places = places(name, data.shape(), new Expr(builder, in.get(1)));
          Expr flat = data.reshape(places.flat());
          Shape slices = flat.apply(new Take(0, false, places.mode()), places.indices()).shape();
          Expr all = broadcast(name, new Expr(builder, in.get(2)), slices);
          return scattered(adds, flat, places.indices(), all, 0, false, places.mode())
              .reshape(data.shape())
              .value();
        },
        x,
        indices,
        updates);
  }

  /** A tensor with updates added to it or put into it. */
  private static Expr scattered(
      boolean adds, Expr x, Expr indices, Expr updates, int axis, boolean along, IndexMode mode) {
    long size = x.shape().dim(axis);
    if (adds) {
      return x.plus(updates.apply(new ScatterAdd(axis, size, along, mode), indices));
    }
    // Which places have an update: of a slice there is one mark for all its elements.
    ScatterSet set = new ScatterSet(axis, size, along, mode);
    Shape marks = indices.shape();
    if (!along) {
      long[] dims = new long[updates.shape().rank()];
      Arrays.fill(dims, 1);
      System.arraycopy(marks.dims(), 0, dims, axis, marks.rank());
      marks = Shape.of(dims);
    }
    return indices
        .full(new TensorType(DType.BOOL, marks), 1)
        .apply(set, indices)
        .broadcastTo(x.shape())
        .where(updates.apply(set, indices), x);
  }

  /**
   * Coordinates as one index each.
   *
   * @param indices into the first axis of the flat shape
   * @param flat the shape of the data with the axes that are indexed made one
   * @param mode clipped where the coordinates were checked, each by itself, before
   */
  private record Places(Expr indices, Shape flat, IndexMode mode) {}

  private static Places places(String name, Shape shape, Expr indices) {
    requireIntegers(name, indices);
    int last = indices.shape().rank() - 1;
    if (last < 0 || indices.shape().dim(last) > shape.rank()) {
      throw new ShapeException(
          name
              + ": the last axis of the indices "
              + indices.shape()
              + " does not hold coordinates of "
              + shape
              + "; it has one for each of at most "
              + shape.rank()
              + " axes");
    }
    int depth = (int) indices.shape().dim(last);
    Shape points = indices.shape().without(new int[] {last}, false);
    long size = 1;
    long[] dims = new long[shape.rank() - depth + 1];
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (axis < depth) {
        size *= shape.dim(axis);
      } else {
        dims[axis - depth + 1] = shape.dim(axis);
      }
    }
    dims[0] = size;
    if (depth == 1) {
      return new Places(indices.reshape(points), Shape.of(dims), IndexMode.CHECKED);
    }
    if (size == 0 && points.size() > 0) {
      throw new ShapeException(
          name
              + ": "
              + shape
              + " has no places that the indices "
              + indices.shape()
              + " could name");
    }
    Expr flat = indices.full(new TensorType(DType.INT64, points), 0);
    for (int axis = 0; axis < depth; axis++) {
      Expr column = indices.apply(column(indices.shape(), axis)).reshape(points);
      flat = flat.times((double) shape.dim(axis)).plus(inside(column, axis, shape.dim(axis)));
    }
    return new Places(flat, Shape.of(dims), IndexMode.CLIPPED);
  }

  /** All rows of one column, which is an axis of the data. */
  private static Slice column(Shape indices, int column) {
    Long[] starts = new Long[indices.rank()];
    Long[] stops = new Long[indices.rank()];
    Long[] steps = new Long[indices.rank()];
    for (int i = 0; i < indices.rank(); i++) {
      boolean last = i == indices.rank() - 1;
      starts[i] = last ? column : 0L;
      stops[i] = last ? column + 1L : indices.dim(i);
      steps[i] = 1L;
    }
    return new Slice(List.of(starts), List.of(stops), List.of(steps));
  }

  /**
   * Coordinates counted from the start. They are looked up in the list of all there are, which
   * checks them as indices of that axis.
   */
  private static Expr inside(Expr coordinates, int axis, long size) {
    long[] line = new long[axis + 1];
    Arrays.fill(line, 1);
    line[axis] = size;
    Value all = coordinates.builder().value(new Arange(DType.INT64, size, 0L, 1L));
    return new Expr(coordinates.builder(), all)
        .reshape(Shape.of(line))
        .apply(new Take(axis), coordinates)
        .reshape(coordinates.shape());
  }

  static Tensor oneHot(Tensor indices, long depth, DType dtype) {
    Device.requireNonNull("oneHot", "dtype", dtype);
    return Calls.call(
        "oneHot",
        List.of(depth, dtype),
        null,
        (builder, in) -> {
          Expr classes = new Expr(builder, in.getFirst());
          requireIntegers("oneHot", classes);
          if (depth < 0) {
            throw new ShapeException("oneHot: the depth " + depth + " is negative");
          }
          long[] dims = Arrays.copyOf(classes.shape().dims(), classes.shape().rank() + 1);
          dims[dims.length - 1] = 1;
          Expr column = classes.cast(DType.INT64).reshape(Shape.of(dims));
          dims[dims.length - 1] = depth;
          Value all = builder.value(new Arange(DType.INT64, depth, 0L, 1L));
          Expr hot =
              column
                  .broadcastTo(Shape.of(dims))
                  .compare(Compare.Kind.EQUAL, new Expr(builder, all).broadcastTo(Shape.of(dims)));
          return hot.cast(dtype).value();
        },
        indices);
  }

  private static Shape with(Shape shape, int axis, long size) {
    long[] dims = shape.dims();
    dims[axis] = size;
    return Shape.of(dims);
  }

  private static void requireIntegers(String name, Expr indices) {
    if (!indices.type().dtype().isInteger()) {
      throw new DTypeException(
          name + ": " + indices.type() + " is not an integer tensor; cast it to int64 first");
    }
  }

  private static void requireRank(String name, Shape data, Shape indices) {
    if (data.rank() != indices.rank()) {
      throw new ShapeException(
          name
              + ": the indices "
              + indices
              + " have not as many axes as "
              + data
              + "; reshape them, with axes of size 1 to broadcast");
    }
  }

  private static Expr broadcast(String name, Expr x, Shape shape) {
    if (!shape.broadcast(name, x.shape()).equals(shape)) {
      throw new ShapeException(name + ": " + x.shape() + " does not broadcast to " + shape);
    }
    return x.broadcastTo(shape);
  }
}
