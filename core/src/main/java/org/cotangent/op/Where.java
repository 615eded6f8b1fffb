package org.cotangent.op;

import java.util.List;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = c ? a : b} at every index, with inputs (c, a, b). The cotangent goes to the selected
 * input, and zero to the other; a function inside the other still multiplies that zero by its own
 * slope, so where it may be infinite, make its argument safe by a second {@code where}.
 */
public record Where() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType condition = inputs.getFirst();
    if (condition.dtype() != DType.BOOL) {
      throw new DTypeException(
          "where: the condition is " + condition + ", not bool; compare it with something first");
    }
    TensorType type = Rules.alike(this, inputs.subList(1, 3));
    Rules.sameShape(this, condition.shape(), type.shape());
    return List.of(type);
  }

  @Override
  public Body body(List<DType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    var condition = builder.input(inputs.get(0));
    var yes = builder.input(inputs.get(1));
    return builder.build(condition.select(yes, builder.input(inputs.get(2))));
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear((builder, node, cotangent, k) -> {
      Expr ct = new Expr(builder, cotangent);
      Expr condition = new Expr(builder, node.input(0));
      return (k == 1 ? condition.where(ct, ct.full(0)) : condition.where(ct.full(0), ct)).value();
    });
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .map(shape ->
                    Sample.of(
                        new Where(),
                        Sample.Input.of(DType.BOOL, shape),
                        Sample.Input.of(dtype, shape),
                        Sample.Input.of(dtype, shape))))
        .toList();
  }
}
