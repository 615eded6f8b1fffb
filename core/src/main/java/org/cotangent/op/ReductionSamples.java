package org.cotangent.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** The samples of every reduction: each subset of axes of odd shapes, and long ones. */
final class ReductionSamples {
  private ReductionSamples() {}

  static List<Sample> of(Function<List<Integer>, Op> op, List<DType> dtypes, boolean empty) {
    List<Shape> shapes = new ArrayList<>(Sample.SHAPES);
    shapes.add(Shape.of(2, 1025));
    shapes.add(Shape.of(1025, 3));
    shapes.add(Shape.of(3, 1500, 2));
    shapes.add(Shape.of(2100));
    List<Sample> samples = new ArrayList<>();
    for (DType dtype : dtypes) {
      for (Shape shape : shapes) {
        for (int subset = 0; subset < 1 << shape.rank(); subset++) {
          int bits = subset;
          List<Integer> axes =
              IntStream.range(0, shape.rank()).filter(i -> (bits >> i & 1) != 0).boxed().toList();
          if (empty || axes.stream().allMatch(axis -> shape.dim(axis) > 0)) {
            samples.add(Sample.of(op.apply(axes), Sample.Input.of(dtype, shape)));
          }
        }
      }
    }
    return samples;
  }
}
