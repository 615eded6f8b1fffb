package org.cotangent.compile;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.graph.Alias;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Add;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Divide;
import org.cotangent.op.Full;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Pad;
import org.cotangent.op.Reshape;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Transpose;
import org.cotangent.op.Where;
import org.cotangent.type.Layout;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites that change no bit of any result, NaN, infinities and -0 included. So {@code x * 0}
 * stays, and so does {@code x + 0}, which is +0 where x is -0. A NaN may change its payload.
 */
final class Simplify {
  private Simplify() {}

  /** A rule: a simpler value for an op on inputs, or null where it does not apply. */
  @FunctionalInterface
  interface Rewriting {
    @Nullable Value apply(GraphBuilder builder, Op op, List<Value> in);
  }

  /**
   * A rule with the name by which tests and dumps know it.
   *
   * @param name what it does
   * @param rewriting how
   */
  record Rule(String name, Rewriting rewriting) {}

  /** All rules, in the order they are tried. */
  static final List<Rule> RULES =
      List.of(
          rule("drop alias", (b, op, in) -> op instanceof Alias ? in.getFirst() : null),
          rule(
              "drop stopGradient",
              (b, op, in) -> op instanceof StopGradient ? in.getFirst() : null),
          rule(
              "cast to its own dtype",
              (b, op, in) ->
                  op instanceof Cast(var dtype) && in.getFirst().dtype() == dtype
                      ? in.getFirst()
                      : null),
          rule("view that changes nothing", Simplify::identityView),
          rule("view of one value", Simplify::viewOfFull),
          rule("view of a view", Simplify::viewOfView),
          rule(
              "negative of negative",
              (b, op, in) ->
                  op instanceof Negative && in.getFirst().node().op() instanceof Negative
                      ? in.getFirst().node().input(0)
                      : null),
          rule(
              "add a negative",
              (b, op, in) ->
                  !(op instanceof Add)
                      ? null
                      : in.get(1).node().op() instanceof Negative
                          ? b.value(new Subtract(), in.get(0), in.get(1).node().input(0))
                          : in.get(0).node().op() instanceof Negative
                              ? b.value(new Subtract(), in.get(1), in.get(0).node().input(0))
                              : null),
          rule("neutral element", Simplify::neutral),
          rule(
              "power of one",
              (b, op, in) -> op instanceof IntegerPower(int n) && n == 1 ? in.getFirst() : null),
          rule("choice already made", Simplify::choice),
          rule(
              "concatenate one",
              (b, op, in) -> op instanceof Concatenate && in.size() == 1 ? in.getFirst() : null),
          rule(
              "pad nothing",
              (b, op, in) ->
                  op instanceof Pad(var shape, var starts, var steps)
                          && in.getFirst().shape().equals(shape)
                      ? in.getFirst()
                      : null),
          rule(
              "sum over no axes",
              (b, op, in) ->
                  op instanceof Sum(var axes)
                          && axes.isEmpty()
                          && in.getFirst().dtype().isFloating()
                      ? in.getFirst()
                      : null),
          rule("fold constants", Simplify::fold));

  private static Rule rule(String name, Rewriting rewriting) {
    return new Rule(name, rewriting);
  }

  static Graph run(Graph graph) {
    return run(graph, RULES);
  }

  static Graph run(Graph graph, List<Rule> rules) {
    return Rewrite.run(
        graph,
        (builder, node, inputs) -> {
          for (Rule rule : rules) {
            if (node.types().size() == 1) {
              Value simpler = rule.rewriting().apply(builder, node.op(), inputs);
              if (simpler != null) {
                return List.of(simpler);
              }
            }
          }
          return builder.emit(node.op(), inputs).results();
        });
  }

  private static @Nullable Value identityView(GraphBuilder builder, Op op, List<Value> in) {
    if (!(op instanceof View view)) {
      return null;
    }
    Value x = in.getFirst();
    // By the map itself, not by the types: a flip keeps the type and moves every element.
    return view.view(Layout.contiguous(x.shape()))
            .filter(layout -> layout.isContiguous() && layout.offset() == 0)
            .filter(layout -> layout.shape().equals(x.shape()))
            .isPresent()
        ? x
        : null;
  }

  private static @Nullable Value viewOfFull(GraphBuilder builder, Op op, List<Value> in) {
    return op instanceof View && in.getFirst().node().op() instanceof Full(var type, var value)
        ? builder.value(new Full(op.infer(List.of(type)).getFirst(), value))
        : null;
  }

  private static @Nullable Value viewOfView(GraphBuilder builder, Op op, List<Value> in) {
    if (!(op instanceof View)) {
      return null;
    }
    Op inner = in.getFirst().node().op();
    if (op instanceof Reshape(var shape) && inner instanceof Reshape) {
      Value origin = in.getFirst().node().input(0);
      return origin.shape().equals(shape) ? origin : builder.value(op, origin);
    }
    if (op instanceof BroadcastTo && inner instanceof BroadcastTo) {
      return builder.value(op, in.getFirst().node().input(0));
    }
    if (op instanceof Transpose(var outer) && inner instanceof Transpose(var first)) {
      List<Integer> both = outer.stream().map(first::get).toList();
      Value origin = in.getFirst().node().input(0);
      Value identity = identityView(builder, new Transpose(both), List.of(origin));
      return identity != null ? identity : builder.value(new Transpose(both), origin);
    }
    return null;
  }

  private static @Nullable Value neutral(GraphBuilder builder, Op op, List<Value> in) {
    if (op instanceof Multiply) {
      return isFull(in.get(1), 1) ? in.get(0) : isFull(in.get(0), 1) ? in.get(1) : null;
    }
    if (op instanceof Divide) {
      return isFull(in.get(1), 1) ? in.get(0) : null;
    }
    if (op instanceof Subtract) {
      return isFull(in.get(1), 0.0) ? in.get(0) : null;
    }
    if (op instanceof Add) {
      return isFull(in.get(1), -0.0) ? in.get(0) : isFull(in.get(0), -0.0) ? in.get(1) : null;
    }
    return null;
  }

  /** Whether a value is a number everywhere; for integers the sign of zero means nothing. */
  private static boolean isFull(Value value, double number) {
    return value.node().op() instanceof Full(var type, Number held)
        && (type.dtype().isFloating()
            ? Double.compare(held.doubleValue(), number) == 0
            : held.longValue() == (long) number);
  }

  private static @Nullable Value choice(GraphBuilder builder, Op op, List<Value> in) {
    if (!(op instanceof Where)) {
      return null;
    }
    if (in.get(1).equals(in.get(2))) {
      return in.get(1);
    }
    return in.get(0).node().op() instanceof Full(var type, Boolean yes)
        ? in.get(yes ? 1 : 2)
        : null;
  }

  private static @Nullable Value fold(GraphBuilder builder, Op op, List<Value> in) {
    if (!(op instanceof Elementwise elementwise)) {
      return null;
    }
    List<Object> values = new ArrayList<>();
    for (Value input : in) {
      if (!(input.node().op() instanceof Full(var type, var value))) {
        return null;
      }
      values.add(value);
    }
    Object folded =
        elementwise.body(in.stream().map(Value::dtype).toList()).evaluate(values).getFirst();
    return builder.value(
        new Full(op.infer(in.stream().map(Value::type).toList()).getFirst(), folded));
  }
}
