package org.cotangent.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;

/**
 * The bodies of a graph's elementwise ops and generators, each written once; and that of a
 * contraction, which makes an element of the result of a sum.
 */
final class Bodies {
  private record Key(Op op, List<DType> inputs) {}

  private final Map<Key, Body> known = new HashMap<>();

  Body of(Node node) {
    Body body = known(node);
    if (!body.resultTypes().equals(List.of(node.result().dtype()))) {
      throw new IllegalStateException(
          node + ": its body computes " + body.resultTypes() + "; infer and body must agree");
    }
    return body;
  }

  private Body known(Node node) {
    if (node.op() instanceof Elementwise op) {
      List<DType> dtypes = node.inputs().stream().map(Value::dtype).toList();
      return known.computeIfAbsent(new Key(op, dtypes), key -> op.body(key.inputs()));
    }
    if (node.op() instanceof Generator op) {
      // Generators of many shapes share a body; building it is cheaper than telling which.
      return op.body(node.inputTypes());
    }
    if (node.op() instanceof Contraction op) {
      BodyBuilder builder = new BodyBuilder();
      Term sum = builder.input(op.accumulator(node.input(0).dtype()));
      return builder.build(sum.convert(node.result().dtype()));
    }
    throw new IllegalArgumentException(node.op().name());
  }

  /** Whether a body reads an input. */
  static boolean reads(Body body, int input) {
    return body.results().contains(input)
        || body.instructions().stream()
            .anyMatch(instruction ->
                instruction instanceof Instruction.Apply apply && apply.operands().contains(input));
  }
}
