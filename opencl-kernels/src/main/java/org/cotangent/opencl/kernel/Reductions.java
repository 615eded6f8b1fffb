package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Reductions as phases: each combines blocks of {@link ReduceKernel#BLOCK} elements to one, the
 * last finishes. What a phase leaves for the next lies in the kernel's workspace.
 */
final class Reductions {
  private static final long ALIGNMENT = 128;

  private final Traits traits;

  Reductions(Traits traits) {
    this.traits = traits;
  }

  /** {@return the bytes that phases leave to each other} */
  long workspace(ReduceKernel kernel) {
    Elements elements = Elements.of(kernel);
    long kept = elements.size(elements.kept());
    long bytes = 0;
    for (long left = blocks(elements.size(elements.reduced())); left > 1; left = blocks(left)) {
      for (DType dtype : kernel.combine().resultTypes()) {
        bytes += room(kept * left * dtype.bytes());
      }
    }
    return bytes;
  }

  private static long room(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  private static long blocks(long elements) {
    return Math.ceilDiv(elements, ReduceKernel.BLOCK);
  }

  /**
   * {@return the phases}
   *
   * @param kernel whose domain is not empty
   * @param workspace buffer of {@link #workspace} bytes
   */
  List<Launch> launches(ReduceKernel kernel, int workspace) {
    List<Launch> launches = new ArrayList<>();
    Elements elements = Elements.of(kernel);
    long kept = elements.size(elements.kept());
    long used = 0;
    for (long left = blocks(elements.size(elements.reduced())); left > 1; left = blocks(left)) {
      Family family = Family.of(traits, kernel, elements);
      // The next phase reads best along the axis that this one writes side by side.
      long[] strides = family == Family.COLUMNS ? new long[] {1, kept} : new long[] {left, 1};
      List<Operand> partials = new ArrayList<>();
      for (DType dtype : kernel.combine().resultTypes()) {
        Layout layout = Layout.of(Shape.of(kept, left), strides, used / dtype.bytes());
        partials.add(new Operand(workspace, dtype, layout));
        used += room(kept * left * dtype.bytes());
      }
      launches.add(
          new Phase(traits, kernel, elements, family, partial(elements, partials)).launch());
      elements = Elements.of(partials);
    }
    Family family = Family.of(traits, kernel, elements);
    launches.add(new Phase(traits, kernel, elements, family, last(kernel, elements)).launch());
    return launches;
  }

  private static Targets partial(Elements elements, List<Operand> partials) {
    List<Long> dims = elements.dims(elements.kept());
    long[] sizes = dims.stream().mapToLong(Long::longValue).toArray();
    List<Long> rowMajor = Loops.strides(Layout.contiguous(Shape.of(sizes)));
    List<List<Long>> kept = new ArrayList<>();
    List<Long> blocks = new ArrayList<>();
    for (Operand partial : partials) {
      long step = partial.layout().stride(0);
      kept.add(rowMajor.stream().map(stride -> stride * step).toList());
      blocks.add(partial.layout().stride(1));
    }
    return new Targets(Elements.identity(partials), partials, kept, blocks);
  }

  private static Targets last(ReduceKernel kernel, Elements elements) {
    List<Operand> outputs = kernel.outputs();
    // After a phase all kept axes are one, and outputs have no gaps.
    boolean merged = elements.kept().size() != outputs.getFirst().layout().shape().rank();
    List<List<Long>> strides =
        merged ? Collections.nCopies(outputs.size(), List.of(1L)) : Loops.strides(outputs);
    return new Targets(kernel.finish(), outputs, strides, Collections.nCopies(outputs.size(), 0L));
  }
}
