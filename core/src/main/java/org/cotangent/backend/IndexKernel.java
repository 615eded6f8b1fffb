package org.cotangent.backend;

import java.util.List;
import org.cotangent.error.IndexException;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Origin;
import org.cotangent.type.Shape;

/**
 * Slices read from, or added to, the middle axis at some indices. A negative index counts from the
 * end; one outside the axis is an {@link IndexException} that names the origin, the position among
 * the indices, and the index.
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

  /** {@return the size of the axis that is indexed} */
  public long size() {
    return switch (mode) {
      case GATHER -> data.layout().shape().dim(1);
      case SCATTER_ADD -> output.layout().shape().dim(1);
    };
  }

  /**
   * {@return the error of an index outside its axis}
   *
   * @param position among the indices
   * @param index what is there
   */
  public IndexException outside(long position, long index) {
    return new IndexException(
        "%s: index %d at position %s is out of bounds for axis of size %d"
            .formatted(origin, index, Shape.of(position), size()));
  }
}
