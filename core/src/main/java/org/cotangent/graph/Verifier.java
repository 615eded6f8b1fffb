package org.cotangent.graph;

import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.cotangent.type.TensorType;

/** Checks what every stage may rely on. Run after each stage in tests, elsewhere by a flag. */
public final class Verifier {
  private Verifier() {}

  /**
   * Checks a graph: nodes precede their users, none captures from outside, every type is what the
   * op's own rule says, results and parameters belong to the graph.
   *
   * @param stage what was done last, for the message
   * @param graph what to check
   * @throws IllegalStateException with the lines around the fault
   */
  public static void verify(String stage, Graph graph) {
    BitSet seen = new BitSet();
    int parameters = 0;
    for (Node node : graph.nodes()) {
      for (Value input : node.inputs()) {
        require(
            seen.get(input.node().id()),
            stage,
            graph,
            node,
            () -> "uses " + input + " before it is made");
        require(
            input.index() >= 0 && input.index() < input.node().types().size(),
            stage,
            graph,
            node,
            () -> "uses a result that is not there: " + input);
      }
      List<TensorType> types = node.op().infer(node.inputTypes());
      require(types.equals(node.types()), stage, graph, node, () -> "should have types " + types);
      if (node.op() instanceof Parameter) {
        require(
            parameters < graph.parameters().size()
                && graph.parameters().get(parameters).equals(node.result()),
            stage,
            graph,
            node,
            () -> "captures a parameter");
        parameters++;
      }
      require(!seen.get(node.id()), stage, graph, node, () -> "has the number of another node");
      seen.set(node.id());
    }
    if (parameters != graph.parameters().size()) {
      throw new IllegalStateException(stage + ": a parameter is missing in\n" + graph);
    }
  }

  private static void require(
      boolean holds, String stage, Graph graph, Node node, Supplier<String> complaint) {
    if (!holds) {
      List<Node> nodes = graph.nodes();
      int at = nodes.indexOf(node);
      StringBuilder around = new StringBuilder();
      for (Node near : nodes.subList(Math.max(0, at - 5), Math.min(nodes.size(), at + 5))) {
        around.append(near == node ? "-> " : "   ").append(near).append('\n');
      }
      throw new IllegalStateException(stage + ": " + node + " " + complaint.get() + "\n" + around);
    }
  }
}
