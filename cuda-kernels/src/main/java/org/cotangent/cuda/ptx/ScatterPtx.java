package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.SortRuns;
import org.cotangent.cuda.ptx.PtxFunction.Label;
import org.cotangent.graph.Indexing;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Many updates scattered. The result is cleared, positions of updates are sorted by the places that
 * they go to, and those of one place are summed by one thread for each element beside it, in
 * ascending order: so the sort, which is stable, leads to the CPU's bits. The work grows with the
 * updates, not with updates times places.
 */
final class ScatterPtx {
  /** Updates that a thread has under way at once, because memory is slow to answer. */
  private static final int BATCH = 4;

  private final IndexKernel kernel;
  private final SortRuns sorting;

  /** Lines that share the indices of one line. */
  private final long copies;

  /**
   * Prepares a scatter.
   *
   * @param kernel whose result is not empty, with indices
   */
  ScatterPtx(IndexKernel kernel) {
    this.kernel = kernel;
    Shape shape = kernel.indices().layout().shape();
    long lines = shape.dim(0) * shape.dim(2);
    copies = kernel.op().along() ? 1 : lines;
    DType key = kernel.size() <= Integer.MAX_VALUE ? DType.INT32 : DType.INT64;
    sorting = new SortRuns(lines / copies, shape.dim(1), key, MergePtx.BLOCK);
  }

  /** {@return the bytes of places and positions, between launches and in order} */
  long workspace() {
    return sorting.workspace(1);
  }

  /**
   * {@return what scatters}
   *
   * @param workspace buffer of {@link #workspace()} bytes
   */
  List<Launch> launches(int workspace) {
    List<Launch> launches = new ArrayList<>();
    launches.add(clear());
    launches.addAll(
        MergePtx.launches(
            sorting,
            kernel.op().along() ? kernel.indices().layout().shape().dim(2) : 1,
            workspace,
            this::keys,
            code -> sorted(code, workspace)));
    launches.add(update(workspace));
    return launches;
  }

  private Launch clear() {
    Operand output = kernel.output();
    Shape flat = Shape.of(output.layout().shape().size());
    Layout layout = Layout.of(flat, flat.strides(), output.layout().offset());
    BodyBuilder body = new BodyBuilder();
    return LoopPtx.launch(
        new LoopKernel(
            kernel.label(),
            kernel.origin(),
            flat,
            List.of(),
            List.of(),
            body.build(body.literal(output.dtype(), output.dtype().value(0))),
            List.of(new Operand(output.buffer(), output.dtype(), layout))));
  }

  /** Places on the axis; all that are not on it are -1. */
  private MergePtx.Keys keys(PtxFunction code) {
    AxisPtx axis = AxisPtx.of(code, kernel);
    Reg nowhere = code.op(PtxType.B64, "mov.b64", -1);
    return (line, position) -> {
      Reg place = axis.place(line.outer(), position, line.inner());
      Reg key = code.select(axis.isInside(place), place, nowhere);
      return sorting.key() == DType.INT64 ? key : code.op(PtxType.B32, "cvt.u32.u64", key);
    };
  }

  private MergePtx.Runs sorted(PtxFunction code, int workspace) {
    return MergePtx.Runs.of(code, sorting, sorting.merges(), workspace);
  }

  /** A thread for each update, in the order of their places, and each of its elements. */
  private Launch update(int workspace) {
    PtxFunction code = new PtxFunction();
    OperandPtx data = OperandPtx.of(code, kernel.data());
    OperandPtx output = OperandPtx.of(code, kernel.output());
    MergePtx.Runs updates = sorted(code, workspace);
    long units = sorting.lines() * sorting.length() * copies;
    long inner = kernel.output().layout().shape().dim(2);
    Reg last = code.number(sorting.length() - 1);
    List<Divisor> dims =
        List.of(Divisor.of(code, sorting.length(), units), Divisor.of(code, copies, units));
    List<Divisor> innerDim = List.of(Divisor.of(code, inner, sorting.lines() * copies));
    return code.forEach(
        units,
        unit -> {
          List<Reg> at = code.indices(unit, dims);
          // One of both is always 0.
          List<Reg> lane = code.indices(code.sum(at.getFirst(), at.getLast()), innerDim);
          Line line =
              new Line(code, updates, at.getFirst(), last, data, lane.getFirst(), lane.getLast());
          if (kernel.op().mode() == Indexing.Mode.SCATTER_ADD) {
            add(line, at.get(1), output);
          } else {
            put(line, at.get(1), output);
          }
        });
  }

  /** The updates of a line in the order of their places. */
  private record Line(
      PtxFunction code,
      MergePtx.Runs updates,
      Reg number,
      Reg last,
      OperandPtx data,
      Reg outer,
      Reg inner) {
    Reg place(Reg at) {
      return code.wide(updates.keys().load(number, at));
    }

    /** The position of an update. */
    Reg position(Reg at) {
      return code.wide(updates.positions().load(number, at));
    }

    Reg update(Reg position) {
      return data.load(outer, position, inner);
    }

    /** Whether an update goes to a place, and is none of those that go nowhere. */
    Reg isAlone(Reg at, Reg place, String beyond, Object end, Reg neighbour) {
      Reg isEnd = code.compare(beyond, at, end);
      Reg isOther = code.compare("ne", place(neighbour), place);
      return code.both(code.compare("ge", place, 0), code.either(isEnd, isOther));
    }
  }

  /** The last of the updates for a place puts its element there. */
  private static void put(Line line, Reg at, OperandPtx output) {
    PtxFunction code = line.code;
    Reg place = line.place(at);
    Reg after = code.op(PtxType.B64, "add.s64", at, 1);
    Reg next = code.op(PtxType.B64, "min.s64", after, line.last);
    code.when(
        line.isAlone(at, place, "eq", line.last, next),
        () -> output.store(line.update(line.position(at)), line.outer, place, line.inner));
  }

  /** The thread of the first of the updates for a place sums them all. */
  private void add(Line line, Reg first, OperandPtx output) {
    PtxFunction code = line.code;
    Reg place = line.place(first);
    Reg before = code.op(PtxType.B64, "sub.s64", first, 1);
    Reg previous = code.op(PtxType.B64, "max.s64", before, 0);
    code.when(
        line.isAlone(first, place, "eq", 0, previous),
        () -> output.store(sum(line, first, place), line.outer, place, line.inner));
  }

  private Reg sum(Line line, Reg first, Reg place) {
    PtxFunction code = line.code;
    DType dtype = kernel.data().dtype();
    PtxType type = PtxType.of(dtype);
    Reg zero = BodyPtx.literal(code, dtype, 0);
    Reg sum = code.variable(type, zero);
    Reg start = code.variable(PtxType.B64, first);
    Label again = code.label();
    code.bind(again);
    List<Reg> isThere = new ArrayList<>();
    List<Reg> positions = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      Reg at = code.op(PtxType.B64, "add.s64", start, i);
      Reg inside = code.op(PtxType.B64, "min.s64", at, line.last);
      isThere.add(
          code.both(
              code.compare("le", at, line.last), code.compare("eq", line.place(inside), place)));
      positions.add(line.position(inside));
    }
    List<Reg> updates = IntStream.range(0, BATCH).mapToObj(_ -> code.variable(type, zero)).toList();
    for (int i = 0; i < BATCH; i++) {
      Reg update = updates.get(i);
      Reg position = positions.get(i);
      code.when(isThere.get(i), () -> code.move(update, line.update(position)));
    }
    // Those that are not there are +0, which changes no sum that began with +0.
    updates.forEach(update -> code.move(sum, code.sum(sum, update)));
    code.into(start, "add.s64", start, BATCH);
    code.branchIf(isThere.getLast(), again);
    return sum;
  }
}
