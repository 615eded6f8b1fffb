package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Generator;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * One value everywhere.
 *
 * @param type of the result
 * @param value Float, Double, Integer, Long or Boolean, as the dtype has it
 */
public record Full(TensorType type, Object value) implements Generator {
  /** Checks that the value is one of the dtype. */
  public Full {
    Rules.requireElement("full", type.dtype(), value);
  }

  /**
   * {@return a tensor with one value everywhere}
   *
   * @param type of the result
   * @param value rounded to a float dtype, exact for the others
   */
  public static Full of(TensorType type, double value) {
    return new Full(type, type.dtype().scalar("full", value));
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(type);
  }

  @Override
  public Body body(List<TensorType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    builder.input(DType.INT64);
    return builder.build(builder.literal(type.dtype(), value));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .map(shape -> Sample.of(Full.of(new TensorType(dtype, shape), 1))))
        .toList();
  }
}
