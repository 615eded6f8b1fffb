package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.IndexKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Slices gathered and scattered. A search for wrong indices goes before; the kernels themselves
 * pass over these, so that none reads or writes beyond its memory. Indices of slices have strides
 * of 0, so one text serves them and indices along the axis. Few updates, or updates of few places,
 * are scattered here, by threads that own places and read all indices; others by {@link
 * ScatterPtx}.
 */
final class IndexPtx {
  /** Threads that a scatter is shared by: each reads all indices, so more are not faster. */
  private static final long OWNERS = 1 << 16;

  /** Reading so many indices takes a thread as long as a dozen launches, which sort them. */
  private static final long FEW = 1024;

  private final IndexKernel kernel;
  private final PtxFunction code = new PtxFunction();
  private final OperandPtx data;
  private final OperandPtx output;
  private final AxisPtx axis;

  private IndexPtx(IndexKernel kernel) {
    this.kernel = kernel;
    data = OperandPtx.of(code, kernel.data());
    axis = AxisPtx.of(code, kernel);
    output = OperandPtx.of(code, kernel.output());
  }

  /**
   * {@return what gathers or scatters}
   *
   * @param kernel whose result is not empty
   * @param workspace buffer of {@link #workspace} bytes
   * @throws DeviceException if there is no sum of the updates
   */
  static List<Launch> launches(IndexKernel kernel, int workspace) {
    requireSum(kernel);
    List<Launch> launches = new ArrayList<>();
    if (!kernel.clips() && kernel.indices().layout().shape().size() > 0) {
      launches.addAll(SearchPtx.wrongIndex(kernel));
    }
    if (kernel.gathers()) {
      launches.add(new IndexPtx(kernel).gather());
    } else if (isSorted(kernel)) {
      launches.addAll(new ScatterPtx(kernel).launches(workspace));
    } else {
      launches.add(new IndexPtx(kernel).scatter());
    }
    return launches;
  }

  /** {@return the bytes that a kernel needs while it runs} */
  static long workspace(IndexKernel kernel) {
    return isSorted(kernel) ? new ScatterPtx(kernel).workspace() : 0;
  }

  /** Whether updates are sorted: there are many, and each would be read by several threads. */
  private static boolean isSorted(IndexKernel kernel) {
    long count = kernel.indices().layout().shape().dim(1);
    return !kernel.gathers()
        && kernel.output().layout().shape().size() > 0
        && count > FEW
        && count <= Integer.MAX_VALUE
        && parts(kernel) > 1;
  }

  private static void requireSum(IndexKernel kernel) {
    DType dtype = kernel.data().dtype();
    boolean hasSum = dtype != DType.BOOL && !dtype.isNarrow();
    if (kernel.op().mode() == Indexing.Mode.SCATTER_ADD && !hasSum) {
      throw new DeviceException(
          "%s: CUDA adds no %s updates; cast them to int32 or float32 first"
              .formatted(kernel.origin(), dtype));
    }
  }

  private List<Divisor> dims(long count, long middle, long last) {
    return List.of(Divisor.of(code, middle, count), Divisor.of(code, last, count));
  }

  private Launch gather() {
    Shape picked = kernel.output().layout().shape();
    long elements = picked.size();
    List<Divisor> dims = dims(elements, picked.dim(1), picked.dim(2));
    return code.forEach(
        elements,
        element -> {
          List<Reg> at = code.indices(element, dims);
          Reg outer = at.getFirst();
          Reg inner = at.getLast();
          Reg place = axis.place(outer, at.get(1), inner);
          code.when(
              axis.isInside(place),
              () -> output.store(data.load(outer, place, inner), outer, at.get(1), inner));
        });
  }

  /** How many parts of a line have an owner each. */
  private static long parts(IndexKernel kernel) {
    return Math.ceilDiv(kernel.size(), most(kernel));
  }

  /** The places of a part, but for a line's last. */
  private static long most(IndexKernel kernel) {
    Shape target = kernel.output().layout().shape();
    long lines = target.dim(0) * target.dim(2);
    return Math.ceilDiv(kernel.size(), Math.clamp(OWNERS / lines, 1, kernel.size()));
  }

  /**
   * Each thread owns some places of a line of the result: it clears them, and adds or puts what
   * belongs there, in the order of the updates.
   */
  private Launch scatter() {
    boolean adds = kernel.op().mode() == Indexing.Mode.SCATTER_ADD;
    DType dtype = kernel.data().dtype();
    Shape target = kernel.output().layout().shape();
    long lines = target.dim(0) * target.dim(2);
    long most = most(kernel);
    long parts = parts(kernel);
    Reg places = code.number(most);
    Reg count = code.number(kernel.indices().layout().shape().dim(1));
    List<Divisor> dims = dims(lines * parts, parts, target.dim(2));
    Reg zero = BodyPtx.literal(code, dtype, 0);
    return code.forEach(
        lines * parts,
        owner -> {
          List<Reg> at = code.indices(owner, dims);
          Reg outer = at.getFirst();
          Reg inner = at.getLast();
          Reg low = code.op(PtxType.B64, "mul.lo.s64", at.get(1), places);
          Reg high = code.op(PtxType.B64, "min.s64", code.sum(low, places), axis.size());
          code.count(low, high, 1, place -> output.store(zero, outer, place, inner));
          code.count(
              0,
              count,
              1,
              position -> {
                Reg place = axis.place(outer, position, inner);
                code.when(
                    axis.isInside(place, low, high),
                    () -> {
                      Reg update = data.load(outer, position, inner);
                      Reg value =
                          adds ? code.sum(output.load(outer, place, inner), update) : update;
                      output.store(value, outer, place, inner);
                    });
              });
        });
  }
}
