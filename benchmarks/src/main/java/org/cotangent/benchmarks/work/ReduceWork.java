package org.cotangent.benchmarks.work;

import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** The sum of a float32 matrix over one of its axes. */
public final class ReduceWork {
  private ReduceWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   * @param shape rows and columns, as in {@code 1000x33}
   * @param axis which is summed over
   * @throws IllegalArgumentException if that is no shape of a matrix
   * @throws IllegalStateException if the sums are wrong
   */
  public static Work cotangent(String device, String shape, int axis) {
    String[] dims = shape.split("x", -1);
    if (dims.length != 2) {
      throw new IllegalArgumentException("Reduce: " + shape + " is no matrix; say 1000x33");
    }
    Shape matrix = Shape.of(Long.parseLong(dims[0]), Long.parseLong(dims[1]));
    return OnDevice.open(
        device,
        (opened, scope) -> {
          // Their sums are exact in any order.
          Tensor x = opened.arange(DType.INT64, matrix.size()).remainder(7).cast(DType.FLOAT32);
          Tensor values = scope.keep(x.reshape(matrix.dims()).copy());
          var sum = opened.compiler().name("reduce").compile((Tensor p) -> p.sum(axis), values);
          check(values.toFloatArray(), matrix, axis, sum.run(values).toFloatArray());
          return () -> sum.run(values).close();
        });
  }

  private static void check(float[] values, Shape matrix, int axis, float... sums) {
    int columns = (int) matrix.dim(1);
    float[] expected = new float[(int) matrix.dim(1 - axis)];
    for (int i = 0; i < values.length; i++) {
      expected[axis == 0 ? i % columns : i / columns] += values[i];
    }
    for (int i = 0; i < expected.length; i++) {
      if (sums[i] != expected[i]) {
        throw new IllegalStateException(
            "Reduce: sum %d of %s is %s, not %s".formatted(i, matrix, sums[i], expected[i]));
      }
    }
  }
}
