package org.cotangent.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;

/** The bodies of a graph's elementwise ops and generators, each written once. */
final class Bodies {
  private record Key(Op op, List<DType> inputs) {}

  private final Map<Key, Body> known = new HashMap<>();

  Body of(Node node) {
    List<DType> dtypes = node.inputs().stream().map(Value::dtype).toList();
    return switch (node.op()) {
      case Elementwise op ->
          known.computeIfAbsent(new Key(op, dtypes), key -> op.body(key.inputs()));
      // Generators of many shapes share a body; building it is cheaper than telling which.
      case Generator op -> op.body(node.inputTypes());
      default -> throw new IllegalArgumentException(node.op().name());
    };
  }

  /** Whether a body reads an input. */
  static boolean reads(Body body, int input) {
    return body.results().contains(input)
        || body.instructions().stream()
            .anyMatch(instruction ->
                instruction instanceof Instruction.Apply apply && apply.operands().contains(input));
  }
}
