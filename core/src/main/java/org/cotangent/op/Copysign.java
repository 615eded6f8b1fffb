package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * The magnitude of a with the sign bit of b, also of zeros and NaN; dy/da = sign(a) sign(y), so 0
 * at 0, and dy/db = 0.
 */
public record Copysign() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Copysign::of);
  }

  /** {@return the magnitude of one term with the sign bit of another} */
  static Term of(Term magnitude, Term sign) {
    DType type = bitsType(sign);
    Term bits = sign.bitcast(type);
    Term top = bits.literal(type == DType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE);
    return magnitude.abs().bitcast(type).or(bits.and(top)).bitcast(sign.dtype());
  }

  /** {@return the integer dtype of a float's width} */
  static DType bitsType(Term x) {
    return x.dtype() == DType.FLOAT32 ? DType.INT32 : DType.INT64;
  }

  @Override
  public Derivative derivative() {
    return Rules.firstPartial(in -> in.a().sign().times(in.y().sign()));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Copysign(), 2, Sample.FLOATS, -2, 2);
  }
}
