package org.cotangent.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cotangent.backend.FusionLimits;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Source;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.jspecify.annotations.Nullable;

/**
 * Groups of nodes that one kernel computes. A node joins the group of its users if they are all in
 * one group and see it at its own shape; so a group never depends on itself, and nothing is
 * computed twice. A generator without inputs is no group: every user computes it in place.
 */
final class Fusion {
  private final Map<Node, Node> roots = new HashMap<>();
  private final Map<Node, List<Node>> members = new HashMap<>();
  private final Map<Node, Integer> costs = new HashMap<>();

  private Fusion() {}

  static Fusion of(Graph graph, Bodies bodies, FusionLimits limits, boolean enabled) {
    Fusion fusion = new Fusion();
    Map<Node, List<Node>> users = new HashMap<>();
    for (Node node : graph.nodes()) {
      for (Value input : node.inputs()) {
        users.computeIfAbsent(input.node(), key -> new ArrayList<>()).add(node);
      }
    }
    Set<Node> results = new HashSet<>();
    graph.results().forEach(result -> results.add(result.node()));
    for (Node node : graph.nodes().reversed()) {
      Node root = node;
      if (node.op() instanceof Elementwise || node.op() instanceof Generator) {
        int cost = bodies.of(node).instructions().size();
        if (enabled) {
          Node shared = fusion.sharedRoot(node, users.getOrDefault(node, List.of()));
          boolean readable =
              shared != null && (!results.contains(node) || shared.op() instanceof Elementwise);
          if (readable && fusion.costs.getOrDefault(shared, 0) + cost <= limits.instructions()) {
            root = shared;
          }
        }
        fusion.costs.merge(root, cost, Integer::sum);
      }
      fusion.roots.put(node, root);
      fusion.members.computeIfAbsent(root, key -> new ArrayList<>()).addFirst(node);
    }
    return fusion;
  }

  /** The one group that all users are in, if they can compute the node's value in their loop. */
  private @Nullable Node sharedRoot(Node node, List<Node> users) {
    Node shared = null;
    for (Node user : users) {
      boolean fits =
          computesItsInput(user.op())
              && user.input(0).shape().equals(node.types().getFirst().shape());
      Node root = roots.get(user);
      if (!fits || (shared != null && shared != root)) {
        return null;
      }
      shared = root;
    }
    return shared;
  }

  /** Whether a kernel of this family computes what it reads in its own loop. */
  private static boolean computesItsInput(Op op) {
    return switch (op) {
      case Elementwise _, Reduction _ -> true;
      case Source _,
          Generator _,
          View _,
          Rearrange _,
          Contraction _,
          Indexing _,
          Call _,
          Composite _ ->
          false;
    };
  }

  boolean isRoot(Node node) {
    return roots.get(node) == node;
  }

  /** The nodes of a group in topological order, the root last. */
  List<Node> members(Node root) {
    return members.getOrDefault(root, List.of());
  }

  /** Whether every user computes the node's value in place. */
  static boolean isRepeated(Node node) {
    return node.op() instanceof Generator && node.inputs().isEmpty();
  }
}
