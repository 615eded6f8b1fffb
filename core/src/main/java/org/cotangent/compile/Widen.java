package org.cotangent.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.cotangent.autodiff.CustomGradient;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.op.Cast;
import org.cotangent.type.DType;

/**
 * Lets composites, products, sums of slices and calls compute in dtypes that kernels have: inputs
 * of a narrow dtype are cast to {@link DType#arithmetic}, results are cast back. So each is rounded
 * once, however many terms or steps it has. Bodies and reductions do so themselves, what only moves
 * elements has no need to, and products stay where the backend multiplies the dtype.
 */
final class Widen {
  private Widen() {}

  static Graph run(Graph graph, Predicate<DType> multiplied) {
    return graph.nodes().stream().anyMatch(node -> isConcerned(node, multiplied))
        ? Rewrite.run(
            graph,
            (builder, node, inputs) ->
                isConcerned(node, multiplied)
                    ? widened(builder, node, inputs)
                    : builder.emit(node.op(), inputs).results())
        : graph;
  }

  private static boolean isConcerned(Node node, Predicate<DType> multiplied) {
    return computes(node.op())
        && node.inputs().stream().anyMatch(v -> v.dtype().isNarrow())
        && !(node.op() instanceof Contraction op && isMultiplied(op, node, multiplied));
  }

  private static boolean isMultiplied(Contraction op, Node node, Predicate<DType> multiplied) {
    DType dtype = node.input(0).dtype();
    return node.input(1).dtype() == dtype
        && op.accumulator(dtype) == dtype.arithmetic()
        && multiplied.test(dtype);
  }

  private static boolean computes(Op op) {
    // A custom gradient is a graph of these dtypes; its ops are seen once it is expanded.
    return (op instanceof Composite && !(op instanceof CustomGradient))
        || op instanceof Contraction
        || op instanceof Call
        || (op instanceof Indexing indexing && indexing.mode() == Indexing.Mode.SCATTER_ADD);
  }

  private static List<Value> widened(GraphBuilder builder, Node node, List<Value> inputs) {
    List<Value> wide =
        inputs.stream().map(input -> cast(builder, input, input.dtype().arithmetic())).toList();
    List<Value> results = builder.emit(node.op(), wide).results();
    List<Value> narrow = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      narrow.add(cast(builder, results.get(i), node.result(i).dtype()));
    }
    return narrow;
  }

  private static Value cast(GraphBuilder builder, Value value, DType dtype) {
    return value.dtype() == dtype ? value : builder.value(new Cast(dtype), value);
  }
}
