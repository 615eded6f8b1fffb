package org.cotangent.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.scalar.Instruction;

/**
 * Nodes that several kernels compute, each for itself: those whose few fast instructions take less
 * time than a value takes to be written and read again. Of large inputs they have at most one,
 * which is no wider than the result: it is read in the value's place, and lives in its place, so
 * that neither traffic nor memory grows.
 */
final class Repeats {
  /** Instructions that may stand between what a kernel reads and what it computes anew. */
  private static final int INSTRUCTIONS = 4;

  /** How many times smaller than the result an input is that takes no time to read. */
  private static final int SMALL = 8;

  private final Bodies bodies;

  /** Repeated nodes, with the instructions from each to the first that is not repeated. */
  private final Map<Node, Integer> instructions = new HashMap<>();

  Repeats(Bodies bodies) {
    this.bodies = bodies;
  }

  /**
   * {@return whether a node is to be computed in several kernels}
   *
   * @param node no result of the graph
   * @param users all of them, asked about before
   */
  boolean repeat(Node node, List<Node> users) {
    if (!(node.op() instanceof Elementwise) || !readsNoMoreThanItMakes(node)) {
      return false;
    }
    List<Instruction> own = bodies.of(node).instructions();
    int after = users.stream().mapToInt(user -> instructions.getOrDefault(user, 0)).max().orElse(0);
    boolean repeats = after + own.size() <= INSTRUCTIONS && own.stream().noneMatch(Repeats::isSlow);
    if (repeats) {
      instructions.put(node, after + own.size());
    }
    return repeats;
  }

  private static boolean isSlow(Instruction instruction) {
    return instruction instanceof Instruction.Apply apply
        && switch (apply.primitive()) {
          case DIV, REM, SQRT -> true;
          case ADD,
              SUB,
              MUL,
              FMA,
              NEG,
              ABS,
              MIN,
              MAX,
              RINT,
              FLOOR,
              LT,
              LE,
              EQ,
              SELECT,
              CONVERT,
              BITCAST,
              AND,
              OR,
              XOR,
              NOT,
              SHL,
              SHR,
              USHR ->
              false;
        };
  }

  private static boolean readsNoMoreThanItMakes(Node node) {
    List<Value> large = node.inputs().stream().distinct().filter(v -> !isSmall(v)).toList();
    return large.isEmpty()
        || (large.size() == 1 && large.getFirst().dtype().bytes() <= node.result().dtype().bytes());
  }

  /** Whether a value is a few elements seen many times, or computed wherever it is used. */
  private static boolean isSmall(Value value) {
    if (Fusion.isComputedInPlace(value.node())) {
      return true;
    }
    Value seen = value;
    while (seen.node().op() instanceof View) {
      seen = seen.node().input(0);
      if (seen.shape().size() <= value.shape().size() / SMALL) {
        return true;
      }
    }
    return false;
  }
}
