package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * What a generator puts at each element, where every element has inputs and a number of its own:
 * many examples of the generator at once.
 *
 * @param generator which, without a derivative
 * @param arguments types of its inputs
 */
public record Generated(Generator generator, List<TensorType> arguments) implements Elementwise {
  /** Copies the types. */
  public Generated {
    arguments = List.copyOf(arguments);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Shape shape = inputs.getLast().shape();
    inputs.forEach(input -> Rules.sameShape(this, shape, input.shape()));
    return List.of(generator.infer(arguments).getFirst().with(shape));
  }

  @Override
  public Body body(List<DType> inputs) {
    return generator.body(arguments);
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    TensorType key = new TensorType(DType.INT64, Shape.SCALAR);
    return List.of(DType.INT32, DType.INT64).stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .map(shape ->
                    Sample.of(
                        new Generated(
                            new RandomBits(new TensorType(dtype, Shape.of(64))), List.of(key)),
                        Sample.Input.of(DType.INT64, shape, -9, 9),
                        Sample.Input.of(DType.INT64, shape, 0, 63))))
        .toList();
  }
}
