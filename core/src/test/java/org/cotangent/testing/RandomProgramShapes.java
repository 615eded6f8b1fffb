package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.graph.Op;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Diagonal;
import org.cotangent.op.Flip;
import org.cotangent.op.Pad;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.Transpose;
import org.cotangent.type.Shape;

/** Random ops of one input that compute nothing and only move elements. */
final class RandomProgramShapes {
  /** Above this many axes coordinates say nothing new. */
  private static final int MOST_AXES = 4;

  private static final List<BiFunction<Random, Shape, Op>> MOVES =
      List.of(
          RandomProgramShapes::transpose,
          RandomProgramShapes::transpose,
          RandomProgramShapes::reshape,
          RandomProgramShapes::broadcast,
          RandomProgramShapes::slice,
          RandomProgramShapes::flip,
          RandomProgramShapes::diagonal,
          RandomProgramShapes::pad);

  private RandomProgramShapes() {}

  /** {@return a view or a padding of a shape} */
  static Op any(Random random, Shape shape) {
    return MOVES.get(random.nextInt(MOVES.size())).apply(random, shape);
  }

  private static Op transpose(Random random, Shape shape) {
    List<Integer> permutation = new ArrayList<>(IntStream.range(0, shape.rank()).boxed().toList());
    Collections.shuffle(permutation, random);
    return new Transpose(permutation);
  }

  /** Flattened, with one more axis of size 1, or with the sizes in reverse. */
  private static Op reshape(Random random, Shape shape) {
    List<Long> dims = new ArrayList<>(LongStream.of(shape.dims()).boxed().toList());
    int kind = random.nextInt(3);
    if (kind == 0 && dims.size() < MOST_AXES) {
      dims.add(random.nextInt(dims.size() + 1), 1L);
    } else if (kind == 1) {
      Collections.reverse(dims);
    } else {
      dims = List.of(shape.size());
    }
    return new Reshape(shape(dims));
  }

  /** Along a new axis in front, of any size from 0, and along some axes of size 1. */
  private static Op broadcast(Random random, Shape shape) {
    List<Long> dims = new ArrayList<>();
    if (shape.rank() < MOST_AXES) {
      dims.add((long) random.nextInt(4));
    }
    for (long dim : shape.dims()) {
      dims.add(dim == 1 && random.nextBoolean() ? 3 : dim);
    }
    return new BroadcastTo(shape(dims));
  }

  /** Part of each axis by steps of 1 to 3; one axis in three is taken from end to end. */
  private static Op slice(Random random, Shape shape) {
    List<Long> starts = new ArrayList<>();
    List<Long> stops = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (long dim : shape.dims()) {
      boolean whole = random.nextInt(3) == 0;
      long start = whole ? 0 : random.nextLong(dim + 1);
      starts.add(start);
      stops.add(whole ? dim : random.nextLong(start, dim + 1));
      steps.add(random.nextLong(1, 4));
    }
    return new Slice(starts, stops, steps);
  }

  /** Some axes from their end to their start. */
  private static Op flip(Random random, Shape shape) {
    return new Flip(
        IntStream.range(0, shape.rank()).filter(axis -> random.nextBoolean()).boxed().toList());
  }

  /** One of two axes, with an offset of up to two; of a vector or a scalar the transpose. */
  private static Op diagonal(Random random, Shape shape) {
    if (shape.rank() < 2) {
      return transpose(random, shape);
    }
    int rows = random.nextInt(shape.rank());
    int columns = (rows + random.nextInt(1, shape.rank())) % shape.rank();
    return new Diagonal(random.nextLong(-2, 3), rows, columns);
  }

  private static Op pad(Random random, Shape shape) {
    List<Long> dims = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (long dim : shape.dims()) {
      long start = random.nextInt(3);
      long step = random.nextLong(1, 3);
      starts.add(start);
      steps.add(step);
      dims.add(start + (dim == 0 ? 0 : (dim - 1) * step + 1) + random.nextInt(2));
    }
    return new Pad(shape(dims), starts, steps);
  }

  private static Shape shape(List<Long> dims) {
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }
}
