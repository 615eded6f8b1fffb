package org.cotangent.cuda.ptx;

import java.util.List;
import org.cotangent.backend.IndexKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Slices gathered and scattered. A search for wrong indices goes before; the kernels themselves
 * pass over these, so that none reads or writes beyond its memory. Indices of slices have strides
 * of 0, so one text serves them and indices along the axis.
 */
final class IndexPtx {
  /** Threads that a scatter is shared by: each reads all indices, so more are not faster. */
  private static final long OWNERS = 1 << 16;

  private final IndexKernel kernel;
  private final PtxFunction code = new PtxFunction();
  private final OperandPtx data;
  private final OperandPtx indices;
  private final OperandPtx output;
  private final Reg size;

  private IndexPtx(IndexKernel kernel) {
    this.kernel = kernel;
    data = OperandPtx.of(code, kernel.data());
    indices = OperandPtx.of(code, kernel.indices());
    output = OperandPtx.of(code, kernel.output());
    size = code.number(kernel.size());
  }

  /**
   * {@return what gathers or scatters}
   *
   * @param kernel whose result is not empty
   * @throws DeviceException if there is no sum of the updates
   */
  static List<Launch> launches(IndexKernel kernel) {
    IndexPtx index = new IndexPtx(kernel);
    Launch work = kernel.gathers() ? index.gather() : index.scatter();
    return kernel.clips() || kernel.indices().layout().shape().size() == 0
        ? List.of(work)
        : List.of(SearchPtx.wrongIndex(kernel), work);
  }

  /** A place on the axis, outside of it only if that is an error. */
  private Reg place(Reg outer, Reg position, Reg inner) {
    Reg index = code.wide(indices.load(outer, position, inner));
    Reg isFromEnd = code.compare("lt", index, 0);
    Reg place = code.select(isFromEnd, code.sum(index, size), index);
    if (!kernel.clips()) {
      return place;
    }
    Reg last = code.op(PtxType.B64, "sub.s64", size, 1);
    return code.op(PtxType.B64, "min.s64", code.op(PtxType.B64, "max.s64", place, 0), last);
  }

  private Reg isInside(Reg place, Object low, Reg high) {
    return code.both(code.compare("ge", place, low), code.compare("lt", place, high));
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
          Reg place = place(outer, at.get(1), inner);
          code.when(
              isInside(place, 0, size),
              () -> output.store(data.load(outer, place, inner), outer, at.get(1), inner));
        });
  }

  /**
   * Each thread owns some places of a line of the result: it clears them, and adds or puts what
   * belongs there, in the order of the updates.
   */
  private Launch scatter() {
    boolean adds = kernel.op().mode() == Indexing.Mode.SCATTER_ADD;
    DType dtype = kernel.data().dtype();
    boolean hasSum = dtype != DType.BOOL && !dtype.isNarrow();
    if (adds && !hasSum) {
      throw new DeviceException(
          "%s: CUDA adds no %s updates; cast them to int32 or float32 first"
              .formatted(kernel.origin(), dtype));
    }
    Shape target = kernel.output().layout().shape();
    long lines = target.dim(0) * target.dim(2);
    long most = Math.ceilDiv(kernel.size(), Math.clamp(OWNERS / lines, 1, kernel.size()));
    long parts = Math.ceilDiv(kernel.size(), most);
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
          Reg high = code.op(PtxType.B64, "min.s64", code.sum(low, places), size);
          code.count(low, high, 1, place -> output.store(zero, outer, place, inner));
          code.count(
              0,
              count,
              1,
              position -> {
                Reg place = place(outer, position, inner);
                code.when(
                    isInside(place, low, high),
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
