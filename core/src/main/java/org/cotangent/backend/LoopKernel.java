package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.Shape;

/**
 * A body evaluated at each index of a domain: a fused group of elementwise ops and generators, or a
 * copy. Any order will do; an output may be the memory of an input, see {@link Kernel}.
 *
 * @param label names of the ops
 * @param origin of the last op
 * @param domain the indices; every operand's layout has this shape
 * @param inputs operands for the first inputs of the body
 * @param coordinates what the body's further inputs are; {@link Coordinate#INDEX} at most
 * @param body one result for each output
 * @param outputs where the results go
 */
public record LoopKernel(
    String label,
    Origin origin,
    Shape domain,
    List<Operand> inputs,
    List<Coordinate> coordinates,
    Body body,
    List<Operand> outputs)
    implements Kernel {
  /** {@return whether it computes the sum of two operands and nothing else} */
  public boolean isSum() {
    return inputs.size() == 2
        && coordinates.isEmpty()
        && outputs.size() == 1
        && body.results().equals(List.of(2))
        && body.instructions().size() == 1
        && body.instructions().getFirst() instanceof Instruction.Apply apply
        && apply.primitive() == Primitive.ADD
        && apply.operands().equals(List.of(0, 1));
  }
}
