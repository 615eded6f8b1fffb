package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.cotangent.graph.Alias;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Node;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Source;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Arange;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Expr;
import org.cotangent.op.Full;
import org.cotangent.op.Generated;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * From a function of one example to that of many: each node between the arguments and the results
 * is written once more, with the examples along a new first axis. What does not depend on the
 * arguments is shared by all examples. The nodes written are ordinary nodes of the same graph, so
 * they are differentiated and vectorised like any other.
 */
public final class Vectorize {
  private final GraphBuilder builder;
  private final long size;
  private final int first;
  private final Map<Value, Value> many = new HashMap<>();

  private Vectorize(GraphBuilder builder, long size, int first) {
    this.builder = builder;
    this.size = size;
    this.first = first;
  }

  /**
   * {@return a value that stands for one example's: a fresh alias, which no result will read}
   *
   * @param builder where to write
   * @param type of one example's
   */
  public static Value placeholder(GraphBuilder builder, TensorType type) {
    return builder.alias(builder.value(Full.of(type, 0)));
  }

  /**
   * {@return the results of all examples, along a new first axis}
   *
   * @param builder that made all the values
   * @param size number of examples
   * @param arguments placeholders that the results were computed from
   * @param examples of each argument, along a new first axis
   * @param results of one example
   */
  public static List<Value> run(
      GraphBuilder builder,
      long size,
      List<Value> arguments,
      List<Value> examples,
      List<Value> results) {
    int first = arguments.stream().mapToInt(argument -> argument.node().id()).min().orElse(0);
    Vectorize walk = new Vectorize(builder, size, first);
    for (int i = 0; i < arguments.size(); i++) {
      walk.many.put(arguments.get(i), examples.get(i));
    }
    return walk.all(results);
  }

  private List<Value> all(List<Value> results) {
    for (Node node : Graph.reachable(results, first)) {
      if (!many.containsKey(node.result(0))) {
        builder.withOrigin(node.origin(), () -> visit(node));
      }
    }
    return results.stream().map(result -> repeated(result, many.get(result))).toList();
  }

  private void visit(Node node) {
    List<@Nullable Value> arriving = new ArrayList<>();
    boolean any = false;
    for (Value input : node.inputs()) {
      Value examples = many.get(input);
      arriving.add(examples);
      any |= examples != null;
    }
    if (any) {
      List<Value> leaving = leaving(node, arriving);
      for (int i = 0; i < leaving.size(); i++) {
        many.put(node.result(i), leaving.get(i));
      }
    }
  }

  private List<Value> leaving(Node node, List<@Nullable Value> arriving) {
    Optional<Batching> rule = node.op().batching();
    if (rule.isPresent()) {
      return rule.get().write(builder, node, size, arriving);
    }
    return switch (node.op()) {
      case Alias _ -> List.of(Objects.requireNonNull(arriving.getFirst()));
      case Elementwise op ->
          builder.emit(op, Expr.everywhere(builder, node, size, arriving)).results();
      case Generator op when op.derivative() instanceof Derivative.None ->
          List.of(generated(op, node, arriving));
      case Composite op -> all(op.expand(builder, node.inputs()));
      case Generator _, View _, Rearrange _, Reduction _, Contraction _, Indexing _, Call _ ->
          apart(node, arriving);
      case Source source -> throw new IllegalStateException(source + " has no inputs");
    };
  }

  private Value repeated(Value one, @Nullable Value examples) {
    return examples != null ? examples : new Expr(builder, one).repeat(size).value();
  }

  /** The generator's body as an elementwise op, on its inputs and the numbers of the elements. */
  private Value generated(Generator op, Node node, List<@Nullable Value> arriving) {
    Shape shape = node.result().shape();
    Shape all = shape.insert(0, size);
    List<Value> inputs = new ArrayList<>();
    for (Value each : Expr.everywhere(builder, node, size, arriving)) {
      inputs.add(new Expr(builder, each).repeatBehind(all).value());
    }
    Value numbers = builder.value(new Arange(DType.INT64, shape.size(), 0L, 1L));
    inputs.add(new Expr(builder, numbers).reshape(shape).repeat(size).value());
    return builder.emit(new Generated(op, node.inputTypes()), inputs).result();
  }

  /** Each example by itself: right for any op, but the graph grows with their number. */
  private List<Value> apart(Node node, List<@Nullable Value> arriving) {
    List<Value> stacked = new ArrayList<>();
    List<List<Value>> results = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      List<Value> inputs = new ArrayList<>();
      for (int k = 0; k < arriving.size(); k++) {
        Value examples = arriving.get(k);
        Value shared = node.input(k);
        inputs.add(
            examples == null
                ? shared
                : new Expr(builder, examples).slice(0, i, i + 1).reshape(shared.shape()).value());
      }
      results.add(builder.emit(node.op(), inputs).results());
    }
    for (int r = 0; r < node.types().size(); r++) {
      TensorType type = node.types().get(r);
      Shape row = type.shape().insert(0, 1);
      List<Value> rows = new ArrayList<>();
      for (List<Value> result : results) {
        rows.add(new Expr(builder, result.get(r)).reshape(row).value());
      }
      stacked.add(
          size == 0
              ? builder.value(Full.of(type.with(type.shape().insert(0, 0)), 0))
              : builder.emit(new Concatenate(0), rows).result());
    }
    return stacked;
  }
}
