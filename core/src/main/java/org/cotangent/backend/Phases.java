package org.cotangent.backend;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * A reduction in phases, for backends whose threads cannot wait for each other: each phase combines
 * blocks of {@link ReduceKernel#BLOCK} elements to one, the last finishes. What a phase leaves for
 * the next lies in the kernel's workspace.
 */
public final class Phases {
  private Phases() {}

  /**
   * One phase.
   *
   * @param elements what it reads
   * @param targets what it writes
   */
  public record Phase(Elements elements, Targets targets) {}

  /**
   * {@return the bytes that phases leave to each other}
   *
   * @param kernel whose domain is not empty
   */
  public static long workspace(ReduceKernel kernel) {
    Elements elements = Elements.of(kernel);
    long kept = elements.size(elements.kept());
    Workspace workspace = new Workspace();
    for (long left = blocks(elements.size(elements.reduced())); left > 1; left = blocks(left)) {
      for (DType dtype : kernel.combine().resultTypes()) {
        workspace.take(kept * left * dtype.bytes());
      }
    }
    return workspace.bytes();
  }

  private static long blocks(long elements) {
    return Math.ceilDiv(elements, ReduceKernel.BLOCK);
  }

  /**
   * {@return the phases, in order}
   *
   * @param kernel whose domain is not empty
   * @param workspace buffer of {@link #workspace} bytes
   * @param sideBySide whether a phase that reads some elements takes sequences beside each other,
   *     and so writes their blocks beside each other
   */
  public static List<Phase> of(ReduceKernel kernel, int workspace, Predicate<Elements> sideBySide) {
    List<Phase> phases = new ArrayList<>();
    Elements elements = Elements.of(kernel);
    long kept = elements.size(elements.kept());
    Workspace places = new Workspace();
    for (long left = blocks(elements.size(elements.reduced())); left > 1; left = blocks(left)) {
      // The next phase reads best along the axis that this one writes side by side.
      long[] strides = sideBySide.test(elements) ? new long[] {1, kept} : new long[] {left, 1};
      List<Operand> partials = new ArrayList<>();
      for (DType dtype : kernel.combine().resultTypes()) {
        long start = places.take(kept * left * dtype.bytes());
        Layout layout = Layout.of(Shape.of(kept, left), strides, start / dtype.bytes());
        partials.add(new Operand(workspace, dtype, layout));
      }
      phases.add(new Phase(elements, partial(elements, partials)));
      elements = Elements.of(partials);
    }
    phases.add(new Phase(elements, last(kernel, elements)));
    return phases;
  }

  private static Targets partial(Elements elements, List<Operand> partials) {
    long[] sizes = elements.dims(elements.kept()).stream().mapToLong(Long::longValue).toArray();
    List<Long> rowMajor = Nest.strides(Layout.contiguous(Shape.of(sizes)));
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
        merged
            ? Collections.nCopies(outputs.size(), List.of(1L))
            : outputs.stream().map(output -> Nest.strides(output.layout())).toList();
    return new Targets(kernel.finish(), outputs, strides, Collections.nCopies(outputs.size(), 0L));
  }
}
