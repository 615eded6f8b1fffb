package org.cotangent.op;

import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/** The parts that many ops' rules share: shape rules, bodies and derivatives in short form. */
final class Rules {
  static final Derivative NONE = new Derivative.None();

  private Rules() {}

  /** The type of inputs that must all be alike; a broadcast is the caller's to insert. */
  static TensorType alike(Op op, List<TensorType> inputs) {
    TensorType first = inputs.getFirst();
    for (TensorType other : inputs) {
      if (other.dtype() != first.dtype()) {
        throw new DTypeException(
            op.name() + ": dtypes differ: " + first + " and " + other + "; cast one of them");
      }
      sameShape(op, first.shape(), other.shape());
    }
    return first;
  }

  static void sameShape(Op op, Shape first, Shape other) {
    if (!other.equals(first)) {
      throw new ShapeException(
          op.name() + ": shapes differ: " + first + " and " + other + "; broadcast one of them");
    }
  }

  /** A boxed value must be of the class that the dtype has. */
  static void requireElement(String op, DType dtype, Object value) {
    if (!dtype.holds(value)) {
      throw new DTypeException(
          op
              + ": "
              + value
              + " is boxed as "
              + value.getClass().getSimpleName()
              + ", which is no "
              + dtype
              + "; use DType.scalar");
    }
  }

  /** Axes must be there, ascending and different. */
  static void requireAxes(Op op, Shape shape, List<Integer> axes) {
    int before = -1;
    for (int axis : axes) {
      if (axis <= before || axis >= shape.rank()) {
        throw new ShapeException(
            op.name() + ": axes " + axes + " are not ascending axes of " + shape);
      }
      before = axis;
    }
  }

  static TensorType floating(Op op, TensorType type) {
    if (!type.dtype().isFloating()) {
      throw new DTypeException(
          op.name() + ": " + type + " is not a float tensor; cast it to float32 or float64 first");
    }
    return type;
  }

  static TensorType integer(Op op, TensorType type) {
    if (!type.dtype().isInteger()) {
      throw new DTypeException(
          op.name() + ": " + type + " is not an integer tensor; cast it to int32 or int64 first");
    }
    return type;
  }

  static TensorType numeric(Op op, TensorType type) {
    if (type.dtype() == DType.BOOL) {
      throw new DTypeException(
          op.name() + ": " + type + " is not a number; cast it to a number dtype first");
    }
    return type;
  }

  static Body unary(DType dtype, UnaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(function.apply(builder.input(dtype)));
  }

  static Body binary(List<DType> dtypes, BinaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtypes.get(0));
    return builder.build(function.apply(a, builder.input(dtypes.get(1))));
  }

  /** A list of one tangent or cotangent. */
  static List<@Nullable Value> only(@Nullable Value value) {
    return Collections.singletonList(value);
  }

  /** The derivative of {@code y = f(x)} as an expression in x and y. */
  static Derivative partial(BinaryOperator<Expr> rule) {
    return new Derivative.Partials((builder, node, k) ->
        rule.apply(new Expr(builder, node.input(0)), new Expr(builder, node.result())).value());
  }

  /** The derivatives of {@code y = f(a, b)}. */
  static Derivative partials(Function<Operands, Expr> first, Function<Operands, Expr> second) {
    return new Derivative.Partials((builder, node, k) -> {
      Operands operands =
          new Operands(
              new Expr(builder, node.input(0)),
              new Expr(builder, node.input(1)),
              new Expr(builder, node.result()));
      return (k == 0 ? first : second).apply(operands).value();
    });
  }

  /** The operands and the result of a binary op. */
  record Operands(Expr a, Expr b, Expr y) {}

  /** The transpose of a linear op of one input, as an expression in the cotangent and the input. */
  static Derivative linear(BinaryOperator<Expr> transpose) {
    return new Derivative.Linear((builder, node, cotangent, k) ->
        transpose.apply(new Expr(builder, cotangent), new Expr(builder, node.input(0))).value());
  }
}
