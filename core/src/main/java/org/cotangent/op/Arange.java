package org.cotangent.op;

import java.util.List;
import java.util.stream.LongStream;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Generator;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * {@code start + i * step} for i from 0: one rounding of the product and one of the sum in float
 * dtypes; float16 and bfloat16 are rounded once more, from float32.
 *
 * @param dtype of the result, a number
 * @param size number of elements
 * @param start Float, Double, Integer or Long, as the dtype has it
 * @param step as start
 */
public record Arange(DType dtype, long size, Object start, Object step) implements Generator {
  /** Checks that start and step are values of the dtype. */
  public Arange {
    Rules.requireElement("arange", dtype, start);
    Rules.requireElement("arange", dtype, step);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.numeric(this, new TensorType(dtype, Shape.of(size))));
  }

  @Override
  public Body body(List<TensorType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term index = builder.input(DType.INT64).convert(dtype.arithmetic());
    Term first = builder.literal(dtype, start).widen();
    Term distance = index.times(builder.literal(dtype, step).widen());
    return builder.build(first.plus(distance).convert(dtype));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  private static long low(DType dtype) {
    return dtype.isInteger() ? Math.max(-3, dtype.smallestInteger()) : -3;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.NUMBERS.stream()
        .flatMap(dtype ->
            LongStream.of(0, 1, 7, 1031)
                .mapToObj(size ->
                    Sample.of(
                        new Arange(
                            dtype, size, dtype.scalar("", low(dtype)), dtype.scalar("", 2L)))))
        .toList();
  }
}
