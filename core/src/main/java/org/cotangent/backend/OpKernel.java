package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Op;
import org.cotangent.graph.Origin;

/**
 * An op that the backend runs whole: a {@link org.cotangent.graph.Call}, or a composite it claimed.
 *
 * @param origin of the op
 * @param op what to compute
 * @param inputs contiguous
 * @param outputs contiguous
 */
public record OpKernel(Origin origin, Op op, List<Operand> inputs, List<Operand> outputs)
    implements Kernel {
  @Override
  public String label() {
    return op.name();
  }
}
