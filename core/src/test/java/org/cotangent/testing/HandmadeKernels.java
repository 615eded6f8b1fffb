package org.cotangent.testing;

import java.util.List;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Reduction;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** Kernels without a compiler, for tests of backends. */
public final class HandmadeKernels {
  private HandmadeKernels() {}

  /**
   * {@return a reduction of one operand}
   *
   * @param op what is combined, and over which axes
   * @param x of the shape that is reduced
   * @param results of the shape of the kept axes
   */
  public static ReduceKernel reduction(Reduction op, Operand x, List<Operand> results) {
    return new ReduceKernel(
        op.text(),
        Origin.UNKNOWN,
        x.layout().shape(),
        op.axes(),
        List.of(x),
        List.of(Coordinate.POSITION),
        op.lift(x.dtype()),
        op.combine(x.dtype()),
        op.finish(x.dtype()),
        results);
  }

  /**
   * {@return the shape of what a reduction leaves}
   *
   * @param domain that is reduced
   * @param axes that go
   */
  public static Shape kept(Shape domain, List<Integer> axes) {
    return domain.without(axes.stream().mapToInt(axis -> axis).toArray(), false);
  }

  /**
   * {@return {@code a * b + a}, and {@code a < b} as int64 plus the index, of (a, b, index)}
   *
   * @param dtype of a, b and the first result
   */
  public static Body productAndOrder(DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtype).widen();
    Term b = builder.input(dtype).widen();
    Term index = builder.input(DType.INT64);
    return builder.build(
        a.times(b).plus(a).convert(dtype), a.below(b).convert(DType.INT64).plus(index));
  }
}
