package org.cotangent.op;

import java.util.List;
import java.util.Optional;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Reduction;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The sum over axes; 0 of no elements. As in NumPy the dtype is the input's for floats and int64
 * for integers and bool; float16 and bfloat16 are summed in float32 and rounded once. Linear: the
 * transpose repeats the cotangent.
 *
 * @param axes ascending
 */
public record Sum(List<Integer> axes) implements Reduction {
  /** Copies the axes. */
  public Sum {
    axes = List.copyOf(axes);
  }

  private static DType accumulator(DType input) {
    return input.isFloating() ? input.arithmetic() : DType.INT64;
  }

  private static DType result(DType input) {
    return input.isFloating() ? input : DType.INT64;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    Rules.requireAxes(this, type.shape(), axes);
    return List.of(
        new TensorType(result(type.dtype()), type.shape().without(Expr.array(axes), false)));
  }

  @Override
  public Body lift(DType input) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(input);
    builder.input(DType.INT64);
    return builder.build(x.convert(accumulator(input)));
  }

  @Override
  public Body combine(DType input) {
    DType dtype = accumulator(input);
    return Rules.binary(List.of(dtype, dtype), Term::plus);
  }

  @Override
  public Body finish(DType input) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(builder.input(accumulator(input)).convert(result(input)));
  }

  @Override
  public List<Object> empty(DType input) {
    return List.of(accumulator(input).scalar("sum", 0L));
  }

  @Override
  public Derivative derivative() {
    return Rules.linear((ct, x) -> ct.expand(x.shape(), axes));
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Sum(Rules.behind(axes)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return ReductionSamples.of(Sum::new, Sample.ALL, true);
  }
}
