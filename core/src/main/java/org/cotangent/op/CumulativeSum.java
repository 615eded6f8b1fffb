package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Call;
import org.cotangent.graph.Derivative;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Sums of the elements up to each along an axis, in their order. Linear: the transpose sums from
 * the other end.
 *
 * @param axis along which is summed
 * @param reverse whether the sum runs from the last element
 */
public record CumulativeSum(int axis, boolean reverse) implements Call {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Rules.requireAxes(this, inputs.getFirst().shape(), List.of(axis));
    return List.of(Rules.numeric(this, inputs.getFirst()));
  }

  @Override
  public void evaluate(List<HostArray> inputs, List<HostArray> results) {
    HostArray x = inputs.getFirst();
    HostArray y = results.getFirst();
    Shape shape = x.type().shape();
    long length = shape.dim(axis);
    long stride = shape.strides()[axis];
    long rows = length == 0 ? 0 : shape.size() / length;
    for (long row = 0; row < rows; row++) {
      long first = row / stride * stride * length + row % stride;
      for (long i = 0; i < length; i++) {
        long at = first + (reverse ? length - 1 - i : i) * stride;
        long before = reverse ? at + stride : at - stride;
        y.set(at, i == 0 ? x.get(at) : add(x.type().dtype(), y.get(before), x.get(at)));
      }
    }
  }

  private static Object add(DType dtype, Object a, Object b) {
    return switch (dtype) {
      case FLOAT32 -> (float) a + (float) b;
      case FLOAT64 -> (double) a + (double) b;
      case INT32 -> (int) a + (int) b;
      case INT64 -> (long) a + (long) b;
      case BOOL -> throw new IllegalStateException("infer refuses bool");
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 ->
          throw new IllegalStateException(dtype + " is widened before");
    };
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.apply(new CumulativeSum(axis, !reverse)));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new CumulativeSum(axis + 1, reverse));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.NUMBERS.stream()
        .flatMap(dtype ->
            List.of(
                of(dtype, 0, false, Shape.of(7)),
                of(dtype, 1, true, Shape.of(3, 5)),
                of(dtype, 1, false, Shape.of(2, 3, 4)),
                of(dtype, 1, false, Shape.of(4, 0, 3)))
                .stream())
        .toList();
  }

  private static Sample of(DType dtype, int axis, boolean reverse, Shape shape) {
    return Sample.of(new CumulativeSum(axis, reverse), Sample.Input.of(dtype, shape));
  }
}
