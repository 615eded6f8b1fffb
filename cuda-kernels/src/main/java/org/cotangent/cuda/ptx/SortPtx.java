package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.SortRuns;
import org.cotangent.op.Sort;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Lines in order: blocks by insertion in a thread's registers, then runs merged in pairs, in each
 * launch twice as long ones. A thread writes one block of a merged run; how many of its elements
 * come from either run it finds by halving (Odeh et al., Merge Path, 2012). So all threads of all
 * lines work at once, however few and long the lines. Keys compare as integers; they and the
 * positions go to and fro between two halves of the workspace, and the last launch writes the
 * results. Of equal keys the left one comes first throughout, so the order is the one stable order,
 * which is the CPU's.
 */
final class SortPtx {
  /** Elements of a block: few, so that many threads have one and registers hold it. */
  private static final int BLOCK = 8;

  private final Sort op;
  private final int workspace;
  private final Operand input;

  private final SortRuns sorting;
  private final DType key;
  private final PtxFunction code = new PtxFunction();
  private final OperandPtx elements;
  private final List<OperandPtx> results;
  private final Reg length;

  private SortPtx(OpKernel kernel, Sort op, int workspace) {
    this.op = op;
    this.workspace = workspace;
    input = kernel.inputs().getFirst();
    sorting = sorting(kernel, op);
    key = sorting.key();
    elements = bits(input);
    results = kernel.outputs().stream().map(this::bits).toList();
    length = code.number(sorting.length());
  }

  /** {@return the bytes of keys and positions between launches} */
  static long workspace(OpKernel kernel, Sort op) {
    return kernel.inputs().getFirst().layout().shape().size() == 0
        ? 0
        : sorting(kernel, op).workspace();
  }

  private static SortRuns sorting(OpKernel kernel, Sort op) {
    Operand input = kernel.inputs().getFirst();
    Shape shape = input.layout().shape();
    long length = shape.dim(op.axis());
    return new SortRuns(shape.size() / length, length, SortRuns.key(input.dtype()), BLOCK);
  }

  /** Elements as integers: what a NaN carries stays. */
  private OperandPtx bits(Operand operand) {
    DType bits = operand.dtype() == DType.BOOL ? DType.UINT8 : SortRuns.key(operand.dtype());
    Operand lines = OperandPtx.lines(operand, op.axis());
    return OperandPtx.of(code, new Operand(lines.buffer(), bits, lines.layout()));
  }

  /**
   * {@return what sorts}
   *
   * @param kernel whose input is not empty
   * @param op its op
   * @param workspace buffer of {@link #workspace(OpKernel, Sort)} bytes
   */
  static List<Launch> launches(OpKernel kernel, Sort op, int workspace) {
    int merges = sorting(kernel, op).merges();
    return IntStream.rangeClosed(0, merges)
        .mapToObj(pass -> new SortPtx(kernel, op, workspace).launch(pass, pass == merges))
        .toList();
  }

  private Launch launch(int pass, boolean last) {
    long blocks = sorting.blocks();
    long inner = OperandPtx.lines(input, op.axis()).layout().shape().dim(2);
    // A reciprocal takes registers that a merge has not got.
    List<Divisor> blocksOfRow = List.of(new Divisor.Size(code.number(blocks)));
    List<Divisor> linesBeside = List.of(Divisor.of(code, inner, sorting.lines()));
    Target target = last ? this::finish : runs(pass)::store;
    Writer writer = pass == 0 ? this::insert : new Merge(pass)::write;
    return code.forEach(
        sorting.lines() * blocks,
        unit -> {
          List<Reg> block = code.indices(unit, blocksOfRow);
          List<Reg> line = code.indices(block.getFirst(), linesBeside);
          Reg start = code.op(PtxType.B64, "mul.lo.s64", block.getLast(), BLOCK);
          writer.write(new Line(block.getFirst(), line.getFirst(), line.getLast()), start, target);
        });
  }

  /** Where a row lies: its number in the workspace, its indices among the elements. */
  private record Line(Reg row, Reg outer, Reg inner) {}

  /** Writes a block of a row, from its first place on. */
  @FunctionalInterface
  private interface Writer {
    void write(Line line, Reg start, Target target);
  }

  /** Takes what comes to a place of a row. */
  @FunctionalInterface
  private interface Target {
    void store(Line line, Reg place, Reg key, Reg position);
  }

  private void finish(Line line, Reg place, Reg key, Reg position) {
    Reg from = code.wide(position);
    for (int r = 0; r < results.size(); r++) {
      Reg value =
          switch (op.results().get(r)) {
            case VALUES -> elements.load(line.outer, from, line.inner);
            case POSITIONS -> from;
          };
      results.get(r).store(value, line.outer, place, line.inner);
    }
  }

  /** Keys and positions of all lines in a half of the workspace. */
  private record Runs(OperandPtx keys, OperandPtx positions) {
    void store(Line line, Reg place, Reg key, Reg position) {
      keys.store(key, line.row, place);
      positions.store(position, line.row, place);
    }
  }

  /** What a pass writes, and the next one reads. */
  private Runs runs(int pass) {
    return new Runs(
        OperandPtx.of(code, sorting.keys(pass, workspace)),
        OperandPtx.of(code, sorting.positions(pass, workspace)));
  }

  // ---- blocks

  private void insert(Line line, Reg start, Target target) {
    PtxType type = PtxType.of(key);
    List<Reg> places = new ArrayList<>();
    List<Reg> keys = new ArrayList<>();
    List<Reg> positions = new ArrayList<>();
    for (int i = 0; i < BLOCK; i++) {
      Reg place = code.op(PtxType.B64, "add.s64", start, i);
      // What is not there comes last, behind what is as large.
      Reg own = code.variable(type, largest());
      code.when(
          code.compare("lt", place, length),
          () -> code.move(own, key(elements.load(line.outer, place, line.inner))));
      places.add(place);
      keys.add(own);
      positions.add(code.op(PtxType.B32, "cvt.u32.u64", place));
    }
    for (int i = 1; i < BLOCK; i++) {
      for (int to = i; to > 0; to--) {
        order(keys, positions, to);
      }
    }
    for (int i = 0; i < BLOCK; i++) {
      int at = i;
      code.when(
          code.compare("lt", places.get(i), length),
          () -> target.store(line, places.get(at), keys.get(at), positions.get(at)));
    }
  }

  /** Exchanges an element with the one before it if that is larger. */
  private void order(List<Reg> keys, List<Reg> positions, int to) {
    Reg isLarger = code.compare("gt", keys.get(to - 1), keys.get(to));
    exchange(isLarger, keys, to);
    exchange(isLarger, positions, to);
  }

  private void exchange(Reg condition, List<Reg> values, int to) {
    Reg before = values.get(to - 1);
    Reg after = values.get(to);
    values.set(to - 1, code.select(condition, after, before));
    values.set(to, code.select(condition, before, after));
  }

  private long largest() {
    return key == DType.INT64 ? Long.MAX_VALUE : Integer.MAX_VALUE;
  }

  /** Compares as the element does whose bits it is made of: -0 as +0, NaN as the largest. */
  private Reg key(Reg bits) {
    Reg ascending = input.dtype().isFloating() ? ordered(bits) : bits;
    PtxType type = bits.type();
    return op.descending() ? code.op(type, "not." + type.declared(), ascending) : ascending;
  }

  private Reg ordered(Reg bits) {
    PtxType type = bits.type();
    long infinity = input.dtype().bits(input.dtype().rounded(Double.POSITIVE_INFINITY));
    Reg magnitude = code.op(type, "and." + type.declared(), bits, largest());
    Reg negated = code.op(type, "neg." + type.number(), magnitude);
    Reg number = code.select(code.compare("lt", bits, 0), negated, bits);
    return code.select(code.compare("gt", magnitude, infinity), largest(), number);
  }

  // ---- merged runs

  /**
   * Two runs side by side, from {@code first} and from {@code second} to {@code end}, merged to the
   * same places. With {@code left}, the next element of the first one, that of the second one is
   * known at each place: what was taken of both is what was placed.
   */
  private final class Merge {
    private final Runs from;

    /** Elements of a run, but for a row's last. */
    private final Reg run;

    /** The bits of a place that say in which pair of runs it is. */
    private final Reg pair;

    Merge(int pass) {
      from = runs(pass - 1);
      run = code.number(sorting.run(pass));
      pair = code.number(-2 * sorting.run(pass));
    }

    void write(Line line, Reg start, Target target) {
      Reg first = code.op(PtxType.B64, "and.b64", start, pair);
      Reg second = smaller(code.sum(first, run), length);
      Reg end = smaller(code.sum(second, run), length);
      Reg left = halved(line, start, first, second, end);
      Reg stop = smaller(code.op(PtxType.B64, "add.s64", start, BLOCK), length);
      code.count(
          start,
          stop,
          1,
          place -> {
            Reg right = minus(code.sum(place, second), left);
            // Behind a run's last key other words of the workspace are read, and not used.
            Reg leftKey = key(line, left);
            Reg rightKey = key(line, right);
            Reg isLeftFirst =
                code.both(code.compare("lt", left, second), code.compare("le", leftKey, rightKey));
            Reg isLeft = code.either(code.compare("ge", right, end), isLeftFirst);
            Reg position = from.positions.load(line.row, code.select(isLeft, left, right));
            target.store(line, place, code.select(isLeft, leftKey, rightKey), position);
            Reg next = code.op(PtxType.B64, "add.s64", left, 1);
            code.move(left, code.select(isLeft, next, left));
          });
    }

    /** The first element of the left run that comes at a place or behind it, a variable. */
    private Reg halved(Line line, Reg start, Reg first, Reg second, Reg end) {
      Reg both = code.sum(start, second);
      Reg low = code.op(PtxType.B64, "max.s64", first, minus(both, end));
      Reg high = code.variable(PtxType.B64, smaller(start, second));
      Reg left = code.variable(PtxType.B64, low);
      code.loop(
          () -> code.compare("lt", left, high),
          () -> {
            Reg middle = code.op(PtxType.B64, "shr.u64", code.sum(left, high), 1);
            Reg other = before(minus(both, middle));
            Reg isBefore = code.compare("le", key(line, middle), key(line, other));
            Reg behind = code.op(PtxType.B64, "add.s64", middle, 1);
            code.move(left, code.select(isBefore, behind, left));
            code.move(high, code.select(isBefore, high, middle));
          });
      return left;
    }

    private Reg key(Line line, Reg place) {
      return from.keys.load(line.row, place);
    }

    private Reg minus(Reg a, Reg b) {
      return code.op(PtxType.B64, "sub.s64", a, b);
    }

    private Reg before(Reg place) {
      return code.op(PtxType.B64, "sub.s64", place, 1);
    }

    private Reg smaller(Reg a, Reg b) {
      return code.op(PtxType.B64, "min.s64", a, b);
    }
  }
}
