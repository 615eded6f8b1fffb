package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Elements;
import org.cotangent.backend.Nest;
import org.cotangent.backend.ReduceKernel;

/** Ways to walk the one tree of a reduction. */
enum Family {
  /** An item reduces a block from its own memory, in vectors along the reduced axis. */
  ROWS,
  /** A group reduces a block from local memory. */
  GROUP,
  /** An item reduces blocks of neighbouring kept indices, one a lane, and keeps a stack. */
  COLUMNS;

  /** Rows up to this long leave most items of a group without work. */
  private static final int SHORT = 64;

  static Family of(Traits traits, ReduceKernel kernel, Elements elements) {
    List<List<Long>> kept = elements.strides(elements.kept());
    List<List<Long>> reduced = elements.strides(elements.reduced());
    int inputs = elements.inputs().size();
    Nest columns = Nest.of(elements.dims(elements.kept()), kept);
    Nest rows = Nest.of(elements.dims(elements.reduced()), reduced);
    boolean across =
        IntStream.range(0, inputs)
            .anyMatch(i -> columns.step(i) == Nest.Step.ONE && rows.step(i) != Nest.Step.ONE);
    boolean along =
        IntStream.range(0, inputs)
            .anyMatch(i -> rows.step(i) == Nest.Step.ONE && columns.step(i) != Nest.Step.ONE);
    boolean wide = columns.inner() >= traits.vectorBytes() / Integer.BYTES / 2;
    if (across && !along && wide) {
      return COLUMNS;
    }
    if (traits.cpu()) {
      return ROWS;
    }
    long local =
        kernel.combine().resultTypes().stream()
            .mapToLong(dtype -> (long) ReduceKernel.BLOCK * Math.max(Integer.BYTES, dtype.bytes()))
            .sum();
    boolean enough = rows.size() > SHORT || columns.size() < traits.units();
    return enough && local <= traits.localBytes() ? GROUP : COLUMNS;
  }
}
