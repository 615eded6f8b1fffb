package org.cotangent.backend;

import java.util.List;
import org.cotangent.error.IndexException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Origin;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Elements read from, added to, or put at some indices of the middle axis. A negative index counts
 * from the end. One outside the axis is clipped to it, or an {@link IndexException} that names the
 * origin, the position among the indices, the index, and the axis.
 *
 * @param label names of the ops
 * @param origin of the op
 * @param op direction, axis, and what becomes of wrong indices
 * @param positions shape of the indices as the op has them, for errors
 * @param data what is gathered, of shape (outer, size, inner), or the updates, of shape (outer,
 *     count, inner); any strides
 * @param indices integers, of shape (outer, count, inner), any strides; unless the op goes along
 *     the axis, those of outer and inner are 0
 * @param output contiguous: of shape (outer, count, inner) when gathering; when scattering of shape
 *     (outer, size, inner), zeros, and the updates in ascending order of their position
 */
public record IndexKernel(
    String label,
    Origin origin,
    Indexing op,
    Shape positions,
    Operand data,
    Operand indices,
    Operand output)
    implements Kernel {
  @Override
  public List<Operand> inputs() {
    return List.of(data, indices);
  }

  @Override
  public List<Operand> outputs() {
    return List.of(output);
  }

  /** {@return whether it reads at the indices, and does not write there} */
  public boolean gathers() {
    return op.mode() == Indexing.Mode.GATHER;
  }

  /** {@return whether a wrong index is moved into the axis, and no error} */
  public boolean clips() {
    return op.bounds() == IndexMode.CLIPPED;
  }

  /** {@return the size of the axis that is indexed} */
  public long size() {
    return (gathers() ? data : output).layout().shape().dim(1);
  }

  /** {@return the indices without repetition: of outer and inner size 1, unless along the axis} */
  public Operand distinct() {
    Layout layout = indices.layout();
    return op.along()
        ? indices
        : new Operand(
            indices.buffer(),
            indices.dtype(),
            Layout.of(Shape.of(1, layout.shape().dim(1), 1), layout.strides(), layout.offset()));
  }

  /**
   * {@return the error of an index outside its axis}
   *
   * @param position among the distinct indices, in row-major order
   * @param index what is there
   */
  public IndexException outside(long position, long index) {
    return new IndexException(
        "%s: index %d at position %s is out of bounds for axis %d of size %d"
            .formatted(origin, index, Shape.of(positions.index(position)), op.axis(), size()));
  }
}
