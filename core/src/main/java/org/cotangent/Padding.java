package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.cotangent.error.ShapeException;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Expr;
import org.cotangent.op.Full;
import org.cotangent.op.Pad;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * NumPy's {@code pad}, axis by axis: pieces of the axis, as views, one after the other. So each
 * padded axis is one copy, and the derivative is that of slices. Only zeros have an op of their
 * own.
 */
final class Padding {
  private Padding() {}

  static Tensor pad(Tensor x, PadMode mode, Object value, long... widths) {
    List<Long> key = Arrays.stream(widths).boxed().toList();
    return Calls.call(
        "pad",
        List.of(mode, value, key),
        null,
        (builder, in) -> padded(new Expr(builder, in.getFirst()), mode, value, widths).value(),
        x);
  }

  private static Expr padded(Expr x, PadMode mode, Object value, long... widths) {
    long[] sides = sides(x.shape(), widths);
    if (mode == PadMode.CONSTANT && value.equals(x.type().dtype().scalar("pad", 0L))) {
      return zeros(x, sides);
    }
    Expr result = x;
    for (int axis = 0; axis < x.shape().rank(); axis++) {
      long before = sides[2 * axis];
      long after = sides[2 * axis + 1];
      if (before + after > 0) {
        result =
            switch (mode) {
              case CONSTANT -> constant(result, axis, before, after, value);
              case EDGE -> edge(result, axis, before, after);
              case REFLECT -> reflect(result, axis, before, after);
              case WRAP -> wrap(result, axis, before, after);
            };
      }
    }
    return result;
  }

  /** The widths before and after each axis in turn, from one, two, or all of them. */
  private static long[] sides(Shape shape, long... widths) {
    int rank = shape.rank();
    if (widths.length != 1 && widths.length != 2 && widths.length != 2 * rank) {
      throw new ShapeException(
          "pad: "
              + widths.length
              + " widths for "
              + shape
              + "; pass 1 for all sides, 2 for before and after every axis, or "
              + 2 * rank
              + " for before and after each axis in turn");
    }
    long[] sides = new long[2 * rank];
    for (int i = 0; i < sides.length; i++) {
      sides[i] = widths[i % widths.length];
      if (sides[i] < 0) {
        throw new ShapeException(
            "pad: width " + sides[i] + " of axis " + i / 2 + " is negative; use slice");
      }
      // Here, so that nothing below overflows.
      Math.addExact(Math.addExact(sides[i & ~1], sides[i]), shape.dim(i / 2));
    }
    return sides;
  }

  private static Expr zeros(Expr x, long... sides) {
    long[] dims = x.shape().dims();
    List<Long> starts = new ArrayList<>();
    for (int axis = 0; axis < dims.length; axis++) {
      starts.add(sides[2 * axis]);
      dims[axis] += sides[2 * axis] + sides[2 * axis + 1];
    }
    return x.apply(new Pad(Shape.of(dims), starts, Collections.nCopies(dims.length, 1L)));
  }

  private static Expr constant(Expr x, int axis, long before, long after, Object value) {
    return Shapes.join(axis, List.of(full(x, axis, before, value), x, full(x, axis, after, value)));
  }

  private static Expr full(Expr x, int axis, long size, Object value) {
    TensorType type = x.type().with(x.shape().with(axis, size));
    return new Expr(x.builder(), x.builder().value(new Full(type, value)));
  }

  private static Expr edge(Expr x, int axis, long before, long after) {
    long size = requireSome(x, axis);
    Expr first = Shapes.part(x, axis, 0, 1);
    Expr last = Shapes.part(x, axis, size - 1, size);
    return Shapes.join(
        axis,
        List.of(
            first.apply(new BroadcastTo(x.shape().with(axis, before))),
            x,
            last.apply(new BroadcastTo(x.shape().with(axis, after)))));
  }

  private static Expr reflect(Expr x, int axis, long before, long after) {
    long size = requireSome(x, axis);
    if (size == 1) {
      return edge(x, axis, before, after);
    }
    if (Math.max(before, after) < size) {
      return Shapes.join(
          axis,
          List.of(
              Shapes.flipped(Shapes.part(x, axis, 1, before + 1), axis),
              x,
              Shapes.flipped(Shapes.part(x, axis, size - 1 - after, size - 1), axis)));
    }
    // Wider than the axis: to and fro is one period.
    Expr back = Shapes.flipped(Shapes.part(x, axis, 1, size - 1), axis);
    return wrap(Shapes.join(axis, List.of(x, back)), axis, before, after - (size - 2));
  }

  /** The axis as one period of an endless sequence; {@code after} may cut it short. */
  private static Expr wrap(Expr x, int axis, long before, long after) {
    long period = requireSome(x, axis);
    long total = before + period + after;
    long start = Math.floorMod(-before, period);
    List<Expr> pieces = new ArrayList<>();
    if (start > 0) {
      pieces.add(Shapes.part(x, axis, start, period));
      total -= period - start;
    }
    long[] repeats = new long[x.shape().rank()];
    Arrays.fill(repeats, 1);
    repeats[axis] = total / period;
    pieces.add(Shapes.tiled(x, repeats));
    pieces.add(Shapes.part(x, axis, 0, total % period));
    return Shapes.join(axis, pieces);
  }

  private static long requireSome(Expr x, int axis) {
    long size = x.shape().dim(axis);
    if (size == 0) {
      throw new ShapeException(
          "pad: axis " + axis + " of " + x.shape() + " is empty; only CONSTANT can extend it");
    }
    return size;
  }
}
