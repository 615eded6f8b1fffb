package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.backend.SortRuns;
import org.cotangent.type.DType;

/**
 * Keys of lines in order: blocks by insertion in a thread's registers, then runs merged in pairs,
 * in each launch twice as long ones. A thread writes one block of a merged run; how many of its
 * elements come from either run it finds by halving (Odeh et al., Merge Path, 2012). So all threads
 * of all lines work at once, however few and long the lines. Of equal keys the left one comes first
 * throughout, so the order is the one stable order.
 */
final class MergePtx {
  /** Elements of a block: few, so that many threads have one and registers hold it. */
  static final int BLOCK = 8;

  private final SortRuns sorting;
  private final int workspace;
  private final PtxFunction code = new PtxFunction();
  private final Reg length;

  private MergePtx(SortRuns sorting, int workspace) {
    this.sorting = sorting;
    this.workspace = workspace;
    length = code.number(sorting.length());
  }

  /**
   * Where a line lies.
   *
   * @param number of it
   * @param outer its number among lines that are not beside each other
   * @param inner its number among those that are
   */
  record Line(Reg number, Reg outer, Reg inner) {}

  /** Computes keys. */
  @FunctionalInterface
  interface Keys {
    /** {@return the key of an element of a line, of the dtype of keys} */
    Reg of(Line line, Reg place);
  }

  /** Takes what comes to a place of a line. */
  @FunctionalInterface
  interface Target {
    /** Stores a key, or what else belongs to its position, which is an int32. */
    void store(Line line, Reg place, Reg key, Reg position);
  }

  /** Keys of all lines, and positions, in the workspace. */
  record Runs(OperandPtx keys, OperandPtx positions) implements Target {
    /** {@return what a pass leaves, and the next one reads} */
    static Runs of(PtxFunction code, SortRuns sorting, int pass, int workspace) {
      return new Runs(
          OperandPtx.of(code, sorting.keys(pass, workspace)),
          OperandPtx.of(code, sorting.positions(pass, workspace)));
    }

    @Override
    public void store(Line line, Reg place, Reg key, Reg position) {
      keys.store(key, line.number, place);
      positions.store(position, line.number, place);
    }
  }

  /**
   * {@return what sorts}
   *
   * @param sorting in blocks of {@link #BLOCK}
   * @param beside lines that lie beside each other
   * @param workspace buffer for the passes
   * @param keys of the elements
   * @param target takes the results
   */
  static List<Launch> launches(
      SortRuns sorting,
      long beside,
      int workspace,
      Function<PtxFunction, Keys> keys,
      Function<PtxFunction, Target> target) {
    return IntStream.rangeClosed(0, sorting.merges())
        .mapToObj(pass -> new MergePtx(sorting, workspace).launch(pass, beside, keys, target))
        .toList();
  }

  private Launch launch(
      int pass,
      long beside,
      Function<PtxFunction, Keys> keys,
      Function<PtxFunction, Target> target) {
    // A reciprocal takes registers that a merge has not got.
    List<Divisor> blocksOfLine = List.of(new Divisor.Size(code.number(sorting.blocks())));
    List<Divisor> linesBeside = List.of(Divisor.of(code, beside, sorting.lines()));
    Target to =
        pass == sorting.merges() ? target.apply(code) : Runs.of(code, sorting, pass, workspace);
    Writer writer = pass == 0 ? inserting(keys.apply(code)) : new Merge(pass)::write;
    return code.forEach(
        sorting.lines() * sorting.blocks(),
        unit -> {
          List<Reg> block = code.indices(unit, blocksOfLine);
          List<Reg> line = code.indices(block.getFirst(), linesBeside);
          Reg start = code.op(PtxType.B64, "mul.lo.s64", block.getLast(), BLOCK);
          writer.write(new Line(block.getFirst(), line.getFirst(), line.getLast()), start, to);
        });
  }

  /** Writes a block of a line, from its first place on. */
  @FunctionalInterface
  private interface Writer {
    void write(Line line, Reg start, Target target);
  }

  // ---- blocks

  private Writer inserting(Keys keys) {
    return (line, start, target) -> insert(line, start, keys, target);
  }

  private void insert(Line line, Reg start, Keys known, Target target) {
    PtxType type = PtxType.of(sorting.key());
    List<Reg> places = new ArrayList<>();
    List<Reg> keys = new ArrayList<>();
    List<Reg> positions = new ArrayList<>();
    for (int i = 0; i < BLOCK; i++) {
      Reg place = code.op(PtxType.B64, "add.s64", start, i);
      // What is not there comes last, behind what is as large.
      Reg own = code.variable(type, largest(sorting.key()));
      code.when(code.compare("lt", place, length), () -> code.move(own, known.of(line, place)));
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

  /** {@return the largest key of a dtype} */
  static long largest(DType key) {
    return key == DType.INT64 ? Long.MAX_VALUE : Integer.MAX_VALUE;
  }

  // ---- merged runs

  /**
   * Two runs side by side, from {@code first} and from {@code second} to {@code end}, merged to the
   * same places. With {@code left}, the next element of the first one, that of the second one is
   * known at each place: what was taken of both is what was placed.
   */
  private final class Merge {
    private final Runs from;

    /** Elements of a run, but for a line's last. */
    private final Reg run;

    /** The bits of a place that say in which pair of runs it is. */
    private final Reg pair;

    Merge(int pass) {
      from = Runs.of(code, sorting, pass - 1, workspace);
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
            Reg position = from.positions.load(line.number, code.select(isLeft, left, right));
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
      return from.keys.load(line.number, place);
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
