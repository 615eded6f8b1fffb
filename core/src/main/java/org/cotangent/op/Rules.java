package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
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
      sameDType(op, first, other);
      sameShape(op, first.shape(), other.shape());
    }
    return first;
  }

  static void sameDType(Op op, TensorType first, TensorType other) {
    if (other.dtype() != first.dtype()) {
      throw new DTypeException(
          op.name() + ": dtypes differ: " + first + " and " + other + "; cast one of them");
    }
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

  static TensorType bool(Op op, TensorType type) {
    if (type.dtype() != DType.BOOL) {
      throw new DTypeException(
          op.name() + ": " + type + " is not bool; compare it with something first");
    }
    return type;
  }

  /**
   * A body of one input, computed in the dtype that kernels compute in; a result in that dtype is
   * rounded to the input's.
   */
  static Body unary(DType dtype, UnaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(rounded(function.apply(builder.input(dtype).widen()), dtype));
  }

  /** A body of two inputs, likewise; a result in the first one's dtype is rounded to it. */
  static Body binary(List<DType> dtypes, BinaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtypes.get(0)).widen();
    Term b = builder.input(dtypes.get(1)).widen();
    return builder.build(rounded(function.apply(a, b), dtypes.get(0)));
  }

  private static Term rounded(Term result, DType dtype) {
    return result.dtype() == dtype.arithmetic() ? result.convert(dtype) : result;
  }

  /** A body of three inputs, likewise. */
  static Body ternary(List<DType> dtypes, Ternary function) {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(dtypes.get(0)).widen();
    Term b = builder.input(dtypes.get(1)).widen();
    Term c = builder.input(dtypes.get(2)).widen();
    return builder.build(rounded(function.of(a, b, c), dtypes.get(0)));
  }

  /** A function of three terms. */
  @FunctionalInterface
  interface Ternary {
    Term of(Term a, Term b, Term c);
  }

  /** A list of one tangent or cotangent. */
  static List<@Nullable Value> only(@Nullable Value value) {
    return Collections.singletonList(value);
  }

  /** Batched as an op whose axes stand behind that of the examples. */
  static Optional<Batching> batching(LongFunction<Op> op) {
    return Optional.of((builder, node, size, many) ->
        builder.emit(op.apply(size), Expr.everywhere(builder, node, size, many)).results());
  }

  /** The numbers of axes behind a new first one. */
  static List<Integer> behind(List<Integer> axes) {
    return axes.stream().map(axis -> axis + 1).toList();
  }

  /** A list with an element before it. */
  static <T> List<T> before(T first, List<T> rest) {
    List<T> all = new ArrayList<>();
    all.add(first);
    all.addAll(rest);
    return all;
  }

  /** The derivative of {@code y = f(x)} as an expression in x and y. */
  static Derivative partial(BinaryOperator<Expr> rule) {
    return new Derivative.Partials((builder, node, k) ->
        rule.apply(new Expr(builder, node.input(0)), new Expr(builder, node.result())).value());
  }

  /** The derivatives of {@code y = f(a, b)}. */
  static Derivative partials(Function<Operands, Expr> first, Function<Operands, Expr> second) {
    return new Derivative.Partials(
        (builder, node, k) -> (k == 0 ? first : second).apply(Operands.of(builder, node)).value());
  }

  /** The derivative of {@code y = f(a, b)} by a, where that by b is 0. */
  static Derivative firstPartial(Function<Operands, Expr> rule) {
    return new Derivative.Own(
        (builder, node, tangents) -> only(scaled(builder, node, tangents.get(0), rule)),
        (builder, node, cotangents) ->
            Arrays.asList(scaled(builder, node, cotangents.getFirst(), rule), null));
  }

  private static @Nullable Value scaled(
      GraphBuilder builder, Node node, @Nullable Value by, Function<Operands, Expr> rule) {
    return by == null
        ? null
        : new Expr(builder, by).times(rule.apply(Operands.of(builder, node))).value();
  }

  /** The derivatives of the one of two that compares so with the other: ties share equally. */
  static Derivative extreme(Compare.Kind wins) {
    return partials(in -> share(wins, in.a(), in.b()), in -> share(wins, in.b(), in.a()));
  }

  private static Expr share(Compare.Kind wins, Expr mine, Expr other) {
    Expr tie = mine.compare(Compare.Kind.EQUAL, other).where(mine.full(0.5), mine.full(0));
    return mine.compare(wins, other).where(mine.full(1), tie);
  }

  /** The operands and the result of a binary op. */
  record Operands(Expr a, Expr b, Expr y) {
    static Operands of(GraphBuilder builder, Node node) {
      return new Operands(
          new Expr(builder, node.input(0)),
          new Expr(builder, node.input(1)),
          new Expr(builder, node.result()));
    }
  }

  /** The transpose of a linear op of one input, as an expression in the cotangent and the input. */
  static Derivative linear(BinaryOperator<Expr> transpose) {
    return new Derivative.Linear((builder, node, cotangent, k) ->
        transpose.apply(new Expr(builder, cotangent), new Expr(builder, node.input(0))).value());
  }
}
