package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Origin;
import org.cotangent.type.DType;

/**
 * Batched matrix product. Each float result is one chain of fused multiply-adds in ascending order
 * of the depth, from +0.
 *
 * @param label names of the ops
 * @param origin of the contraction
 * @param accumulator dtype in which products are summed
 * @param left layout of shape (batch, rows, depth), any strides
 * @param right layout of shape (batch, depth, columns), any strides
 * @param output contiguous, of shape (batch, rows, columns)
 */
public record ContractionKernel(
    String label, Origin origin, DType accumulator, Operand left, Operand right, Operand output)
    implements Kernel {
  @Override
  public List<Operand> inputs() {
    return List.of(left, right);
  }

  @Override
  public List<Operand> outputs() {
    return List.of(output);
  }
}
