package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Reduction;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A sum or a product: one accumulator, in the dtype that floats are computed in, int64 for all
 * else. Results of floats have their dtype, those of integers and bool are int64.
 */
sealed interface Fold extends Reduction permits Sum, Product {
  /** {@return two accumulators as one} */
  Term combined(Term a, Term b);

  /** {@return the result of no elements} */
  long ofNothing();

  /** {@return the dtype of the accumulator} */
  static DType accumulator(DType input) {
    return input.isFloating() ? input.arithmetic() : DType.INT64;
  }

  private static DType result(DType input) {
    return input.isFloating() ? input : DType.INT64;
  }

  @Override
  default List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    Rules.requireAxes(this, type.shape(), axes());
    return List.of(
        new TensorType(result(type.dtype()), type.shape().without(Expr.array(axes()), false)));
  }

  @Override
  default Body lift(DType input) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(input);
    builder.input(DType.INT64);
    return builder.build(x.convert(accumulator(input)));
  }

  @Override
  default Body combine(DType input) {
    DType dtype = accumulator(input);
    return Rules.binary(List.of(dtype, dtype), this::combined);
  }

  @Override
  default Body finish(DType input) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(accumulator(input)).convert(result(input)));
  }

  @Override
  default List<Object> empty(DType input) {
    return List.of(accumulator(input).scalar(name(), ofNothing()));
  }
}
