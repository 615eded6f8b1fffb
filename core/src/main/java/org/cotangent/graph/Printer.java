package org.cotangent.graph;

import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** Graphs as text and as pictures. The same program gives the same text in every JVM. */
public final class Printer {
  private Printer() {}

  /**
   * {@return the graph as text, one node a line, nodes numbered from 0 in their order}
   *
   * @param graph what to print
   */
  public static String print(Graph graph) {
    StringBuilder text = new StringBuilder("graph ").append(graph.name()).append(" {\n");
    int[] numbers = numbers(graph);
    for (Node node : graph.nodes()) {
      text.append("  ").append(line(node, member -> numbers[member.id()]));
      if (node.origin() != Origin.UNKNOWN) {
        text.append("  // ").append(node.origin());
      }
      text.append('\n');
    }
    return text.append("  return ")
        .append(values(graph.results(), member -> numbers[member.id()]))
        .append("\n}\n")
        .toString();
  }

  /**
   * {@return the graph in Graphviz's DOT language}
   *
   * @param graph what to draw
   */
  public static String dot(Graph graph) {
    StringBuilder text = new StringBuilder("digraph \"").append(graph.name()).append("\" {\n");
    int[] numbers = numbers(graph);
    text.append("  node [shape=box, fontname=\"monospace\"];\n");
    for (Node node : graph.nodes()) {
      String types = node.types().stream().map(Object::toString).collect(Collectors.joining("\\n"));
      String label = node.op().text().replace("\\", "\\\\").replace("\"", "\\\"");
      text.append("  n%d [label=\"%s\\n%s\"];\n".formatted(numbers[node.id()], label, types));
      for (Value input : node.inputs()) {
        text.append("  n%d -> n%d;\n".formatted(numbers[input.node().id()], numbers[node.id()]));
      }
    }
    for (int i = 0; i < graph.results().size(); i++) {
      text.append("  r%d [label=\"result %d\", shape=ellipse];\n".formatted(i, i));
      text.append("  n%d -> r%d;\n".formatted(numbers[graph.results().get(i).node().id()], i));
    }
    return text.append("}\n").toString();
  }

  private static int[] numbers(Graph graph) {
    int[] numbers = new int[graph.idLimit()];
    int next = 0;
    for (Node node : graph.nodes()) {
      numbers[node.id()] = next++;
    }
    return numbers;
  }

  static String line(Node node) {
    return line(node, Node::id);
  }

  private static String line(Node node, ToIntFunction<Node> number) {
    String types = node.types().stream().map(Object::toString).collect(Collectors.joining(", "));
    return "%%%d: %s = %s(%s)"
        .formatted(number.applyAsInt(node), types, node.op().text(), values(node.inputs(), number));
  }

  private static String values(List<Value> values, ToIntFunction<Node> number) {
    return values.stream()
        .map(value ->
            "%"
                + number.applyAsInt(value.node())
                + (value.node().types().size() == 1 ? "" : "." + value.index()))
        .collect(Collectors.joining(", "));
  }
}
