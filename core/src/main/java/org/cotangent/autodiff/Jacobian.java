package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.Arange;
import org.cotangent.op.Compare;
import org.cotangent.op.Expr;
import org.cotangent.op.Full;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/** Whole Jacobians: one pass of either mode, vectorised over the unit vectors. */
public final class Jacobian {
  private final GraphBuilder builder;
  private final List<Value> arguments;
  private final Value result;

  private Jacobian(GraphBuilder builder, List<Value> arguments, Value result) {
    this.builder = builder;
    this.arguments = arguments;
    this.result = result;
  }

  /**
   * {@return the derivative by each argument, of the result's axes and then the argument's, in the
   * argument's dtype}
   *
   * @param builder that made all the values
   * @param arguments fresh float aliases that the result was computed from
   * @param result what is differentiated, a float
   */
  public static List<Value> of(GraphBuilder builder, List<Value> arguments, Value result) {
    Jacobian jacobian = new Jacobian(builder, arguments, result);
    List<@Nullable Value> rows = jacobian.rows();
    List<Value> blocks = new ArrayList<>();
    for (int k = 0; k < arguments.size(); k++) {
      Value argument = arguments.get(k);
      Value row = rows.get(k);
      Expr block = row == null ? jacobian.columns(k) : new Expr(builder, row);
      Shape shape = result.shape().concat(argument.shape());
      blocks.add(block.cast(argument.dtype()).reshape(shape).value());
    }
    return blocks;
  }

  private boolean isTall(Value argument) {
    return argument.shape().size() <= result.shape().size();
  }

  /**
   * By reverse mode, for arguments larger than the result: (result's elements, argument's axes).
   */
  private List<@Nullable Value> rows() {
    if (arguments.stream().allMatch(this::isTall)) {
      return Collections.nCopies(arguments.size(), null);
    }
    Value seed = Vectorize.placeholder(builder, result.type());
    List<Value> wide = arguments.stream().filter(argument -> !isTall(argument)).toList();
    List<@Nullable Value> pulled =
        Reverse.vjp(builder, wide, List.of(result), Collections.singletonList(seed));
    List<Value> rows =
        Vectorize.run(
            builder,
            result.shape().size(),
            List.of(seed),
            List.of(units(result.type())),
            orZeros(pulled, wide));
    List<@Nullable Value> all = new ArrayList<>();
    for (Value argument : arguments) {
      int at = wide.indexOf(argument);
      all.add(at < 0 ? null : rows.get(at));
    }
    return all;
  }

  /** By forward mode: (result's axes, argument's elements). */
  private Expr columns(int k) {
    Value argument = arguments.get(k);
    Value direction = Vectorize.placeholder(builder, argument.type());
    List<@Nullable Value> pushed =
        Forward.jvp(
            builder, List.of(argument), Collections.singletonList(direction), List.of(result));
    Value columns =
        Vectorize.run(
                builder,
                argument.shape().size(),
                List.of(direction),
                List.of(units(argument.type())),
                orZeros(pushed, List.of(result)))
            .getFirst();
    return new Expr(builder, columns).moveAxis(0, result.shape().rank());
  }

  private List<Value> orZeros(List<@Nullable Value> found, List<Value> like) {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < like.size(); i++) {
      Value value = found.get(i);
      values.add(value != null ? value : builder.value(Full.of(like.get(i).type(), 0)));
    }
    return values;
  }

  /** The unit vectors of a type, along a new first axis. */
  private Value units(TensorType type) {
    long size = type.shape().size();
    Shape square = Shape.of(size, size);
    Expr numbers = new Expr(builder, builder.value(new Arange(DType.INT64, size, 0L, 1L)));
    return numbers
        .repeatBehind(square)
        .compare(Compare.Kind.EQUAL, numbers.broadcastTo(square))
        .cast(type.dtype())
        .reshape(type.shape().insert(0, size))
        .value();
  }
}
