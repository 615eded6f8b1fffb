package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The values in another dtype, by the rules of {@link org.cotangent.scalar.Primitive#CONVERT}.
 * Between floats it is differentiable, and the cotangent is cast back.
 *
 * @param dtype the dtype of the result
 */
public record Cast(DType dtype) implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(inputs.getFirst().with(dtype));
  }

  @Override
  public Body body(List<DType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(inputs.getFirst()).convert(dtype));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.cast(x.type().dtype()));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype -> Sample.elementwise(new Cast(dtype), 1, Sample.ALL, -2.6, 2.6).stream())
        .toList();
  }
}
