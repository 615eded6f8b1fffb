package org.cotangent.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
import org.cotangent.type.Shape;

/**
 * Groups of nodes that one kernel computes. A node joins the group of its users if they are all in
 * one group and see it at its own shape; so a group never depends on itself. If its users are in
 * several groups, it is computed once and read by them; but a node that takes less time to compute
 * than to write and read, such as {@code x - mean}, joins each of these groups ({@link Repeats}).
 * So no group reads what is computed in several. A generator without inputs is no group: every user
 * computes it in place. A contraction joins where the backend computes epilogues, one for each
 * group, and what it reads stays outside. A group stays below the backend's limits; one node alone
 * may exceed them.
 */
final class Fusion {
  private final Bodies bodies;
  private final FusionLimits limits;
  private final Set<Node> results = new HashSet<>();
  private final Map<Node, List<Node>> users = new HashMap<>();

  /** Those that compute a node: one, or several where it is repeated. */
  private final Map<Node, Set<Group>> groups = new HashMap<>();

  private final Repeats repeats;

  private Fusion(Graph graph, Bodies bodies, FusionLimits limits) {
    this.bodies = bodies;
    this.repeats = new Repeats(bodies);
    this.limits = limits;
    graph.results().forEach(result -> results.add(result.node()));
    for (Node node : graph.nodes()) {
      for (Value input : node.inputs()) {
        users.computeIfAbsent(input.node(), key -> new ArrayList<>()).add(node);
      }
    }
  }

  static Fusion of(Graph graph, Bodies bodies, FusionLimits limits, boolean enabled) {
    Fusion fusion = new Fusion(graph, bodies, limits);
    // Users before what they use: the group of the users is known when a node asks to join.
    for (Node node : graph.nodes().reversed()) {
      Set<Group> of = enabled ? fusion.joined(node) : Set.of();
      fusion.put(node, of.isEmpty() ? Set.of(new Group(node)) : of);
    }
    return fusion;
  }

  private void put(Node node, Set<Group> of) {
    of.forEach(group -> group.add(node, cost(node), outputs(node, group)));
    groups.put(node, of);
  }

  /** The groups that a node joins, which are those of all its users, or none. */
  private Set<Group> joined(Node node) {
    Set<Group> asking = groupsOfUsers(node);
    boolean fits =
        asking.stream().allMatch(group -> joins(node, group))
            && (asking.size() <= 1
                || (!results.contains(node) && repeats.repeat(node, users(node))));
    return fits ? asking : Set.of();
  }

  private List<Node> users(Node node) {
    return users.getOrDefault(node, List.of());
  }

  /** What one kernel computes, while it grows from its last node backwards. */
  private static final class Group {
    private final Node root;
    private final List<Node> members = new ArrayList<>();

    /** Values that are read and not computed here. */
    private final Set<Value> outside = new HashSet<>();

    private int instructions;

    /** Values written, and the two inputs of a contraction. */
    private int operands;

    private boolean contracts;

    Group(Node root) {
      this.root = root;
    }

    void add(Node node, int cost, int outputs) {
      instructions += cost;
      operands += outputs;
      outside.removeAll(node.results());
      if (node.op() instanceof Contraction) {
        // Read as matrices: no other member of the group can share what it reads.
        contracts = true;
        operands += node.inputs().size();
      } else {
        outside.addAll(read(node));
      }
      members.addFirst(node);
    }

    /** How many operands the kernel would have with one more node. */
    int operandsWith(Node node, int outputs) {
      Set<Value> read = new HashSet<>(outside);
      read.removeAll(node.results());
      read.addAll(read(node));
      return read.size() + operands + outputs;
    }

    private static List<Value> read(Node node) {
      return node.inputs().stream()
          .filter(value -> node.op() instanceof Generator || !isComputedInPlace(value.node()))
          .toList();
    }
  }

  private int cost(Node node) {
    boolean hasBody =
        node.op() instanceof Elementwise
            || node.op() instanceof Generator
            || node.op() instanceof Contraction;
    return hasBody ? bodies.of(node).instructions().size() : 0;
  }

  /** How many of a node's values the kernel of its group writes. */
  private int outputs(Node node, Group group) {
    return node == group.root || results.contains(node) ? node.types().size() : 0;
  }

  private boolean joins(Node node, Group group) {
    boolean reduced = group.root.op() instanceof Reduction;
    return switch (node.op()) {
      case Elementwise _, Generator _ ->
          !(reduced && results.contains(node))
              && hasRoom(group, node)
              && group.operandsWith(node, outputs(node, group)) <= limits.operands();
      case Contraction op ->
          limits.epilogues()
              && !reduced
              && !group.contracts
              // What else reads it wants the product, and its kernel writes the epilogue.
              && !results.contains(node)
              && isProduct(node, op)
              && hasRoom(group, node)
              && group.outside.size() - 1 + group.operands + node.inputs().size()
                  <= limits.operands();
      case Source _, View _, Rearrange _, Reduction _, Indexing _, Call _, Composite _ -> false;
    };
  }

  private boolean hasRoom(Group group, Node node) {
    int cost = cost(node);
    return cost == 0 || group.instructions + cost <= limits.instructions();
  }

  /** Whether there is anything to sum. */
  private static boolean isProduct(Node node, Contraction op) {
    Shape left = node.input(0).shape();
    return op.leftContracted().stream().allMatch(axis -> left.dim(axis) > 0);
  }

  /** The groups that users are in, if all of these can compute the node's value in their loop. */
  private Set<Group> groupsOfUsers(Node node) {
    Set<Group> asking = new LinkedHashSet<>();
    for (Node user : users(node)) {
      boolean fits =
          computesItsInput(user.op())
              && user.input(0).shape().equals(node.types().getFirst().shape());
      if (!fits) {
        return Set.of();
      }
      asking.addAll(groups(user));
    }
    return asking;
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
    return groups(node).stream().anyMatch(group -> group.root == node);
  }

  /** The nodes of a root's group in topological order, the root last. */
  List<Node> members(Node root) {
    return groups(root).iterator().next().members;
  }

  private Set<Group> groups(Node node) {
    Set<Group> of = groups.get(node);
    if (of == null) {
      throw new IllegalStateException(node + " is not of this graph");
    }
    return of;
  }

  /** Whether every user computes the node's value in place. */
  static boolean isComputedInPlace(Node node) {
    return node.op() instanceof Generator && node.inputs().isEmpty();
  }
}
