package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Origin;

/**
 * Slices read from, or added to, the middle axis at some indices. A negative index counts from the
 * end; one outside the axis is an {@link org.cotangent.error.IndexException} that names the origin,
 * the position among the indices, and the index.
 *
 * @param label names of the ops
 * @param origin of the op
 * @param mode the direction
 * @param data what is gathered, of shape (outer, size, inner), or the updates, of shape (outer,
 *     count, inner); any strides
 * @param indices int32 or int64, of shape (count,), any stride
 * @param output contiguous: of shape (outer, count, inner) when gathering; when scattering of shape
 *     (outer, size, inner), zeros plus the updates in ascending order of their position
 */
public record IndexKernel(
    String label, Origin origin, Indexing.Mode mode, Operand data, Operand indices, Operand output)
    implements Kernel {
  @Override
  public List<Operand> inputs() {
    return List.of(data, indices);
  }

  @Override
  public List<Operand> outputs() {
    return List.of(output);
  }
}
