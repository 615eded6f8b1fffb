package org.cotangent.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Joins steps that follow each other and work on the same rows, as those of softmax and layer norm
 * do: a band of rows passes through all of them before the next band begins. So what one step
 * leaves in a core's cache the next one finds there, and threads meet once.
 *
 * <p>This is right if no row of a step touches memory that another row of another step writes,
 * which {@link RowReach} tells; also where buffers share memory, because one was dead before the
 * other was written.
 *
 * @param program whose steps they are
 * @param bytes that a band touches at most: as many as stay in a core's own cache; 0 for no bands
 */
record Bands(Program program, long bytes) {
  /** What a core's second cache holds, with room for whatever else it needs. */
  static final long CACHED = 1 << 18;

  /** Steps in a band; each is compared with all before it. */
  private static final int MOST = 16;

  /**
   * {@return the steps, some of them joined}
   *
   * @param steps one for each kernel of the program
   */
  List<Stage> join(List<Stage> steps) {
    if (bytes == 0) {
      return steps;
    }
    List<Stage> joined = new ArrayList<>();
    int next = 0;
    while (next < steps.size()) {
      Band band = longest(steps, next);
      int end = next + Math.max(1, band.size());
      joined.add(
          band.size() > 1
              ? new Stage(band.step(bytes), program.kernels().subList(next, end))
              : steps.get(next));
      next = end;
    }
    return joined;
  }

  /** The longest band that starts at a step; of equal ones that with the most rows. */
  private Band longest(List<Stage> steps, int first) {
    Band longest = new Band(program, 0);
    long[] counts = rowCounts(program.kernels().get(first));
    for (int i = counts.length - 1; i >= 0; i--) {
      Band band = new Band(program, counts[i]);
      int end = Math.min(steps.size(), first + MOST);
      for (int k = first; k < end && band.add(program.kernels().get(k), steps.get(k).step()); k++) {
        // Each that fits is added.
      }
      if (band.size() > longest.size() && band.isWorthIt(bytes)) {
        longest = band;
      }
    }
    return longest;
  }

  /** Into how many rows a kernel's work can be seen as: products of its first axes. */
  private static long[] rowCounts(Kernel kernel) {
    Shape units = units(kernel);
    long[] counts = new long[units.rank()];
    long rows = 1;
    for (int axis = 0; axis < counts.length; axis++) {
      rows *= units.dim(axis);
      counts[axis] = rows;
    }
    return counts;
  }

  private static Shape units(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> loop.domain();
      case ReduceKernel reduce -> new ReduceAxes(reduce).kept();
      case ContractionKernel _, IndexKernel _, OpKernel _ -> Shape.SCALAR;
    };
  }

  /** Steps with as many rows. */
  private static final class Band {
    private final Program program;
    private final long rows;
    private final List<RowStep> steps = new ArrayList<>();
    private final List<RowReach> reaches = new ArrayList<>();

    Band(Program program, long rows) {
      this.program = program;
      this.rows = rows;
    }

    /** {@return whether a step has such rows, apart from those of other steps, and was added} */
    boolean add(Kernel kernel, Step step) {
      if (!(step instanceof RowStep row) || row.units() == 0) {
        return false;
      }
      int axes = Arrays.binarySearch(rowCounts(kernel), rows);
      if (axes < 0) {
        return false;
      }
      List<RowReach> added = reaches(kernel, axes + 1);
      if (!added.stream().allMatch(one -> reaches.stream().allMatch(one::isApartFrom))) {
        return false;
      }
      reaches.addAll(added);
      steps.add(row);
      return true;
    }

    private List<RowReach> reaches(Kernel kernel, int axes) {
      UnaryOperator<Layout> rowsFirst =
          kernel instanceof ReduceKernel reduce ? new ReduceAxes(reduce)::rows : layout -> layout;
      return Stream.concat(
              kernel.inputs().stream()
                  .map(input -> reach(input, rowsFirst.apply(input.layout()), axes, false)),
              kernel.outputs().stream().map(output -> reach(output, output.layout(), axes, true)))
          .toList();
    }

    private RowReach reach(Operand operand, Layout layout, int axes, boolean isWritten) {
      return RowReach.of(program, operand, layout, axes, isWritten);
    }

    int size() {
      return steps.size();
    }

    private double work() {
      return steps.stream().mapToDouble(RowStep::work).sum();
    }

    /** Bytes of a row, each counted once. */
    private long rowBytes() {
      return reaches.stream()
          .collect(Collectors.toMap(r -> List.of(r.place(), r.from()), RowReach::bytes, Math::max))
          .values()
          .stream()
          .mapToLong(bytes -> bytes)
          .sum();
    }

    /** {@return whether it stays in a cache, and threads have as many pieces as they want} */
    boolean isWorthIt(long cached) {
      return size() > 1 && rowBytes() <= cached && rows >= Pieces.of(Long.MAX_VALUE, work());
    }

    Step step(long cached) {
      return new BandStep(steps, rows, Math.max(1, cached / Math.max(1, rowBytes())), work());
    }
  }
}
