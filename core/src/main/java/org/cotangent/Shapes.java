package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Constant;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Arange;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Diagonal;
import org.cotangent.op.Expr;
import org.cotangent.op.Flip;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.Take;
import org.cotangent.op.Transpose;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * What {@link Tensor} offers to move elements about, made of the few ops there are for it. What can
 * be a view is one; all else is one copy for each axis at most.
 */
final class Shapes {
  private Shapes() {}

  // ---- views

  static Tensor squeeze(Tensor x, int... axes) {
    return x.view("squeeze", Located.in("squeeze", () -> new Reshape(squeezed(x.shape(), axes))));
  }

  private static Shape squeezed(Shape shape, int... axes) {
    int[] chosen = shape.axes("squeeze", axes);
    if (chosen.length == 0) {
      return Shape.of(LongStream.of(shape.dims()).filter(dim -> dim != 1).toArray());
    }
    for (int axis : chosen) {
      if (shape.dim(axis) != 1) {
        throw new ShapeException(
            "squeeze: axis " + axis + " of " + shape + " has size " + shape.dim(axis) + ", not 1");
      }
    }
    return shape.without(chosen, false);
  }

  static Tensor expandDims(Tensor x, int... axes) {
    return x.view(
        "expandDims",
        Located.in("expandDims", () -> new Reshape(expanded("expandDims", x.shape(), axes))));
  }

  /** A shape with axes of size 1, which are counted in the result. */
  private static Shape expanded(String op, Shape shape, int... axes) {
    int rank = shape.rank() + axes.length;
    boolean[] fresh = new boolean[rank];
    for (int axis : axes) {
      if (axis < -rank || axis >= rank) {
        throw new ShapeException(
            op + ": axis " + axis + " is out of range for the " + rank + " axes of the result");
      }
      int at = axis < 0 ? axis + rank : axis;
      if (fresh[at]) {
        throw new ShapeException(op + ": axis " + at + " is repeated in " + Arrays.toString(axes));
      }
      fresh[at] = true;
    }
    long[] dims = new long[rank];
    int next = 0;
    for (int axis = 0; axis < rank; axis++) {
      dims[axis] = fresh[axis] ? 1 : shape.dim(next++);
    }
    return Shape.of(dims);
  }

  static Tensor flip(Tensor x, int... axes) {
    return x.view("flip", new Flip(Arrays.stream(x.axes("flip", axes)).boxed().toList()));
  }

  static Tensor moveAxis(Tensor x, int[] source, int[] destination) {
    return x.view("moveAxis", Located.in("moveAxis", () -> moved(x.shape(), source, destination)));
  }

  private static Transpose moved(Shape shape, int[] source, int[] destination) {
    if (source.length != destination.length) {
      throw new ShapeException(
          "moveAxis: "
              + source.length
              + " axes and "
              + destination.length
              + " places: "
              + Arrays.toString(source)
              + " to "
              + Arrays.toString(destination)
              + "; name a place for each axis");
    }
    // For their checks: in range, and none twice.
    shape.axes("moveAxis", source);
    shape.axes("moveAxis", destination);
    int[] permutation = new int[shape.rank()];
    Arrays.fill(permutation, -1);
    boolean[] isMoved = new boolean[shape.rank()];
    for (int i = 0; i < source.length; i++) {
      int from = shape.axis("moveAxis", source[i]);
      permutation[shape.axis("moveAxis", destination[i])] = from;
      isMoved[from] = true;
    }
    int next = 0;
    for (int i = 0; i < permutation.length; i++) {
      if (permutation[i] < 0) {
        while (isMoved[next]) {
          next++;
        }
        permutation[i] = next++;
      }
    }
    return new Transpose(Arrays.stream(permutation).boxed().toList());
  }

  static Tensor swapAxes(Tensor x, int first, int second) {
    return x.view(
        "swapAxes",
        Located.in(
            "swapAxes",
            () -> {
              int a = x.shape().axis("swapAxes", first);
              int b = x.shape().axis("swapAxes", second);
              List<Integer> permutation =
                  new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
              Collections.swap(permutation, a, b);
              return new Transpose(permutation);
            }));
  }

  static Tensor diagonal(Tensor x, long offset, int first, int second) {
    return x.view(
        "diagonal",
        Located.in(
            "diagonal",
            () -> {
              Shape shape = x.shape();
              if (shape.rank() < 2) {
                throw new ShapeException(
                    "diagonal: " + shape + " has fewer than 2 axes; expandDims first");
              }
              int rows = shape.axis("diagonal", first);
              int columns = shape.axis("diagonal", second);
              if (rows == columns) {
                throw new ShapeException(
                    "diagonal: axis " + rows + " of " + shape + " is named twice; name two axes");
              }
              // Beyond the corners there is nothing, however far.
              long within = Math.clamp(offset, -shape.dim(rows), shape.dim(columns));
              return new Diagonal(within, rows, columns);
            }));
  }

  static Tensor slice(Tensor x, int axis, long start, long stop, long step) {
    int at = x.axis("slice", axis);
    if (step == 0) {
      throw Located.at(
          Origin.here("slice"),
          new ShapeException(
              "slice: the step along axis " + at + " is 0; pass 1 for every element"));
    }
    long size = x.shape().dim(at);
    if (step > 0) {
      return x.view("slice", slice(x.shape(), at, clamp(start, size), clamp(stop, size), step));
    }
    // The same elements in ascending order, and then from their end: [8:1:-3] is [2:9:3] flipped.
    long last = Math.clamp(start < 0 ? start + size : start, -1, size - 1);
    long before = Math.clamp(stop < 0 ? stop + size : stop, -1, size - 1);
    long apart = step == Long.MIN_VALUE ? Long.MAX_VALUE : -step;
    long steps = last > before ? (last - before - 1) / apart : 0;
    long first = last - steps * apart;
    Slice ascending =
        last > before
            ? slice(x.shape(), at, first, last + 1, apart)
            : slice(x.shape(), at, 0, 0, 1);
    if (steps == 0) {
      return x.view("slice", ascending);
    }
    try (Tensor part = x.view("slice", ascending)) {
      return part.view("slice", new Flip(List.of(at)));
    }
  }

  private static long clamp(long index, long size) {
    return Math.clamp(index < 0 ? index + size : index, 0, size);
  }

  /** All of a shape but what lies outside a range of one axis, whose bounds are within it. */
  static Slice slice(Shape shape, int axis, long start, long stop, long step) {
    List<Long> starts = new ArrayList<>(Collections.nCopies(shape.rank(), 0L));
    List<Long> stops = new ArrayList<>(LongStream.of(shape.dims()).boxed().toList());
    List<Long> steps = new ArrayList<>(Collections.nCopies(shape.rank(), 1L));
    starts.set(axis, start);
    stops.set(axis, Math.max(start, stop));
    steps.set(axis, step);
    return new Slice(starts, stops, steps);
  }

  // ---- several tensors at once

  static List<Tensor> split(Tensor x, int sections, int axis) {
    int at = x.axis("split", axis);
    long size = x.shape().dim(at);
    long[] indices =
        Located.in(
            "split",
            () -> {
              if (sections < 1 || size % sections != 0) {
                throw new ShapeException(
                    "split: axis "
                        + at
                        + " of "
                        + x.shape()
                        + " does not divide into "
                        + sections
                        + " equal sections; pass the indices where to split");
              }
              return LongStream.range(1, sections).map(i -> i * (size / sections)).toArray();
            });
    return split(x, indices, axis);
  }

  static List<Tensor> split(Tensor x, long[] indices, int axis) {
    int at = x.axis("split", axis);
    long size = x.shape().dim(at);
    List<Supplier<Tensor>> parts = new ArrayList<>();
    long start = 0;
    for (int i = 0; i <= indices.length; i++) {
      long from = start;
      long to = i < indices.length ? clamp(indices[i], size) : size;
      parts.add(() -> x.view("split", slice(x.shape(), at, from, to, 1)));
      start = to;
    }
    return all(parts);
  }

  static List<Tensor> meshgrid(String indexing, Tensor... vectors) {
    return all(
        Located.in(
            "meshgrid",
            () -> {
              List<View> columns = columns(indexing, vectors);
              long[] dims = new long[vectors.length];
              for (int i = 0; i < dims.length; i++) {
                dims[axisOf(i, indexing, vectors.length)] = vectors[i].size();
              }
              BroadcastTo grid = new BroadcastTo(Shape.of(dims));
              return IntStream.range(0, vectors.length)
                  .<Supplier<Tensor>>mapToObj(i ->
                      () -> {
                        try (Tensor column = vectors[i].view("meshgrid", columns.get(i))) {
                          return column.view("meshgrid", grid);
                        }
                      })
                  .toList();
            }));
  }

  private static List<View> columns(String indexing, Tensor... vectors) {
    if (!indexing.equals("xy") && !indexing.equals("ij")) {
      throw new ArgumentException("meshgrid: the indexing is '" + indexing + "'; use 'xy' or 'ij'");
    }
    List<View> columns = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      Tensor vector = vectors[i];
      if (vector == null) {
        throw new ArgumentException("meshgrid: a tensor is null; import the data first");
      }
      if (vector.rank() > 1) {
        throw new ShapeException(
            "meshgrid: argument " + i + " has shape " + vector.shape() + "; pass vectors");
      }
      long[] dims = new long[vectors.length];
      Arrays.fill(dims, 1);
      dims[axisOf(i, indexing, vectors.length)] = vector.size();
      columns.add(new Reshape(Shape.of(dims)));
    }
    return columns;
  }

  /** The axis that a vector varies along: its own, but the first two change places for x and y. */
  private static int axisOf(int vector, String indexing, int count) {
    return indexing.equals("xy") && count > 1 && vector < 2 ? 1 - vector : vector;
  }

  /** What all of them make; if one fails, those made before it are closed. */
  private static List<Tensor> all(List<Supplier<Tensor>> parts) {
    List<Tensor> made = new ArrayList<>();
    try {
      parts.forEach(part -> made.add(part.get()));
    } catch (RuntimeException | Error failure) {
      made.forEach(Tensor::close);
      throw failure;
    }
    return List.copyOf(made);
  }

  // ---- copies

  static Tensor stack(int axis, Tensor... tensors) {
    return Calls.call(
        "stack",
        axis,
        null,
        (builder, in) -> {
          Shape shape = in.getFirst().shape();
          Shape row = expanded("stack", shape, axis);
          int at = axis < 0 ? axis + row.rank() : axis;
          List<Value> rows = new ArrayList<>();
          for (Value input : in) {
            if (!input.shape().equals(shape)) {
              throw new ShapeException(
                  "stack: shapes differ: " + shape + " and " + input.shape() + "; reshape one");
            }
            rows.add(new Expr(builder, input).reshape(row).value());
          }
          return builder.emit(new Concatenate(at), rows).result();
        },
        tensors);
  }

  static Tensor roll(Tensor x, long[] shifts, int... axes) {
    return Calls.call(
        "roll",
        List.of(list(shifts), Arrays.stream(axes).boxed().toList()),
        null,
        (builder, in) -> rolled(new Expr(builder, in.getFirst()), shifts, axes).value(),
        x);
  }

  private static Expr rolled(Expr x, long[] shifts, int... axes) {
    if (shifts.length == 0) {
      throw new ShapeException("roll: no shifts; pass one for each axis");
    }
    if (axes.length == 0) {
      int[] first = new int[shifts.length];
      return rolled(x.reshape(Shape.of(x.shape().size())), shifts, first).reshape(x.shape());
    }
    if (shifts.length != axes.length && shifts.length != 1 && axes.length != 1) {
      throw new ShapeException(
          "roll: "
              + shifts.length
              + " shifts for "
              + axes.length
              + " axes; pass one for each axis, or one for all");
    }
    // An axis that is named twice is rolled by both shifts.
    long[] total = new long[x.shape().rank()];
    for (int i = 0; i < Math.max(shifts.length, axes.length); i++) {
      int axis = x.shape().axis("roll", axes[i % axes.length]);
      long size = Math.max(1, x.shape().dim(axis));
      long shift = Math.floorMod(shifts[i % shifts.length], size);
      total[axis] = Math.floorMod(total[axis] + shift, size);
    }
    Expr result = x;
    for (int axis = 0; axis < total.length; axis++) {
      long cut = x.shape().dim(axis) - total[axis];
      if (total[axis] > 0) {
        result =
            join(
                axis,
                List.of(part(result, axis, cut, x.shape().dim(axis)), part(result, axis, 0, cut)));
      }
    }
    return result;
  }

  static Tensor tile(Tensor x, long... repeats) {
    return Calls.call(
        "tile",
        list(repeats),
        null,
        (builder, in) -> {
          Expr given = new Expr(builder, in.getFirst());
          for (long count : repeats) {
            if (count < 0) {
              throw new ShapeException(
                  "tile: " + count + " in " + Arrays.toString(repeats) + " is negative");
            }
          }
          // The shorter of shape and repeats gets ones in front.
          int rank = Math.max(given.shape().rank(), repeats.length);
          long[] counts = leading(rank, repeats);
          Shape shape = Shape.of(leading(rank, given.shape().dims()));
          return tiled(given.reshape(shape), counts).value();
        },
        x);
  }

  private static long[] leading(int rank, long... dims) {
    long[] result = new long[rank];
    Arrays.fill(result, 1);
    System.arraycopy(dims, 0, result, rank - dims.length, dims.length);
    return result;
  }

  /** Each axis over and over, as many times as is said for it: a broadcast seen in fewer axes. */
  static Expr tiled(Expr x, long... repeats) {
    Shape shape = x.shape();
    long[] apart = new long[2 * shape.rank()];
    long[] wide = new long[2 * shape.rank()];
    long[] dims = new long[shape.rank()];
    for (int axis = 0; axis < dims.length; axis++) {
      apart[2 * axis] = 1;
      wide[2 * axis] = repeats[axis];
      apart[2 * axis + 1] = shape.dim(axis);
      wide[2 * axis + 1] = shape.dim(axis);
      dims[axis] = Math.multiplyExact(shape.dim(axis), repeats[axis]);
    }
    return x.reshape(Shape.of(apart)).broadcastTo(Shape.of(wide)).reshape(Shape.of(dims));
  }

  static Tensor repeat(Tensor x, long count, int axis) {
    int at = x.axis("repeat", axis);
    return Calls.call(
        "repeat",
        List.of(count, at),
        null,
        (builder, in) -> {
          requireCount(count);
          Expr given = new Expr(builder, in.getFirst());
          Shape shape = given.shape();
          Shape apart = expanded("repeat", shape, at + 1);
          return given
              .reshape(apart)
              .broadcastTo(apart.with(at + 1, count))
              .reshape(shape.with(at, Math.multiplyExact(shape.dim(at), count)))
              .value();
        },
        x);
  }

  static Tensor repeat(Tensor x, long[] counts, int axis) {
    int at = x.axis("repeat", axis);
    return Calls.call(
        "repeat",
        List.of(list(counts), at),
        null,
        (builder, in) -> {
          long size = in.getFirst().shape().dim(at);
          if (counts.length != size) {
            throw new ShapeException(
                "repeat: "
                    + counts.length
                    + " counts for axis "
                    + at
                    + " of "
                    + in.getFirst().shape()
                    + ", which has "
                    + size
                    + " elements; pass one for each");
          }
          Value indices = builder.value(new Constant(repeated(counts)));
          return builder.value(new Take(at), in.getFirst(), indices);
        },
        x);
  }

  /** Each index as often as its count says. */
  private static HostArray repeated(long... counts) {
    long total = 0;
    for (long count : counts) {
      requireCount(count);
      total = Math.addExact(total, count);
    }
    HostArray indices = HostArray.allocate(new TensorType(DType.INT64, Shape.of(total)));
    long at = 0;
    for (int i = 0; i < counts.length; i++) {
      for (long k = 0; k < counts[i]; k++) {
        indices.set(at++, (long) i);
      }
    }
    return indices;
  }

  private static void requireCount(long count) {
    if (count < 0) {
      throw new ShapeException("repeat: the count " + count + " is negative");
    }
  }

  /** Where a matrix is kept: on and on one side of a diagonal. */
  static Tensor triangle(String name, Compare.Kind kept, Tensor x, long offset) {
    return Calls.call(
        name,
        offset,
        null,
        (builder, in) -> {
          Expr given = new Expr(builder, in.getFirst());
          Shape shape = given.shape();
          int rank = shape.rank();
          if (rank < 2) {
            throw new ShapeException(
                name + ": " + shape + " has fewer than 2 axes; expandDims first");
          }
          Shape matrix = Shape.of(shape.dim(rank - 2), shape.dim(rank - 1));
          return against(builder, matrix, kept, offset)
              .broadcastTo(shape)
              .where(given, given.full(0))
              .value();
        },
        x);
  }

  static Tensor eye(Device device, DType dtype, long rows, long columns, long offset) {
    Shape shape = Located.in("eye", () -> Device.shape("eye", rows, columns));
    return Calls.call(
        "eye",
        List.of(dtype, shape, offset),
        device,
        (builder, in) -> against(builder, shape, Compare.Kind.EQUAL, offset).cast(dtype).value());
  }

  /** How each element of a matrix lies to the diagonal: {@code column} against {@code row + k}. */
  private static Expr against(GraphBuilder builder, Shape matrix, Compare.Kind kind, long offset) {
    long rows = matrix.dim(0);
    long columns = matrix.dim(1);
    // Beyond the corners all elements lie on one side, however far.
    long within = Math.clamp(offset, -rows - 1, columns + 1);
    Expr row = new Expr(builder, builder.value(new Arange(DType.INT64, rows, within, 1L)));
    Expr column = new Expr(builder, builder.value(new Arange(DType.INT64, columns, 0L, 1L)));
    return column
        .broadcastTo(matrix)
        .compare(kind, row.reshape(Shape.of(rows, 1)).broadcastTo(matrix));
  }

  // ---- on expressions

  /** Part of an axis. */
  static Expr part(Expr x, int axis, long start, long stop) {
    return x.apply(slice(x.shape(), axis, start, stop, 1));
  }

  static Expr flipped(Expr x, int axis) {
    return x.apply(new Flip(List.of(axis)));
  }

  /** Pieces one after the other, of which some have anything along the axis. */
  static Expr join(int axis, List<Expr> pieces) {
    List<Value> some =
        pieces.stream().filter(piece -> piece.shape().dim(axis) > 0).map(Expr::value).toList();
    Expr first = pieces.getFirst();
    return new Expr(first.builder(), first.builder().emit(new Concatenate(axis), some).result());
  }

  private static List<Long> list(long... numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }
}
