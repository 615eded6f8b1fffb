package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * {@code y = a^b}, as IEEE 754 says; dy/da = b a^(b - 1), 0 where b is 0; dy/db = y log(a), 0 where
 * a is 0 and b is not negative.
 */
public record Power() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(inputs, Transcendental::pow);
  }

  @Override
  public Derivative derivative() {
    return Rules.partials(Power::byBase, Power::byExponent);
  }

  private static Expr byBase(Rules.Operands in) {
    Expr zero = in.b().full(0);
    Expr hasInverse = in.a().reciprocal().apply(new Classify(Classify.Kind.FINITE));
    Expr none = in.b().compare(Compare.Kind.EQUAL, zero).and(hasInverse.apply(new LogicalNot()));
    // Neither is a base without inverse differentiated where it is not selected. Elsewhere b = 0
    // makes
    // 0, but its derivative by b is 1 / a.
    Expr base = none.where(in.a().full(1), in.a());
    return none.where(zero, in.b().times(base.apply(new Power(), in.b().plus(-1))));
  }

  private static Expr byExponent(Rules.Operands in) {
    Expr zero = in.a().full(0);
    Expr none =
        in.a().compare(Compare.Kind.EQUAL, zero).and(zero.compare(Compare.Kind.LESS_EQUAL, in.b()));
    // Not of 0 even where it is not selected: its own derivative would be infinite.
    Expr base = none.where(in.a().full(1), in.a());
    return none.where(zero, in.y().times(base.log()));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new Power(), 2, Sample.FLOATS, 0.3, 2);
  }
}
