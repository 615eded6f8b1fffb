package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.RowReduction.Results;
import org.cotangent.cpu.tile.TileBlock;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.TileTree;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ReduceKernel}. Two orders of work give the same bits: {@link RowReduction} suits long
 * sequences that lie along memory, {@link ColumnReduction} short ones and those across memory.
 * Pieces are ranges of kept indices. Where these are few and the sequences long, pieces are blocks
 * of sequences, whose results are the sequences of a second phase.
 */
final class ReduceStep implements RowStep {
  private static final int BLOCK = ReduceKernel.BLOCK;

  /** What running a code costs beside its elements, in elements. */
  private static final double CALL = 200;

  /** What it takes to begin, where few elements are not reduced at once, in calls. */
  private static final double BEGINNING = 4;

  /** The fewest sequences side by side in one piece. */
  private static final int NARROWEST = 256;

  /** Instructions of a code for four elements; larger ones are calls that are worth it anyway. */
  private static final int MOST_OF_FOUR = 64;

  /** What a code for four elements may read: each takes registers. */
  private static final int MOST_READ = 8;

  /** As many pieces as this keep the threads busy without a second phase. */
  private static final int ENOUGH = 16;

  private final TileCode lift;

  /** Elements of a whole block in a row that has any, or 0: a tree without gaps. */
  private final int whole;

  /** For whole blocks, or null if there are none. */
  private final @Nullable TileBlock block;

  /** Inputs of the lift that have one value for a whole sequence. */
  private final List<Boolean> shared;

  /** Of the inputs of sequences that are whole blocks, or null if there are none. */
  private final @Nullable EvenRows rows;

  private final TileTree combine;

  /** In columns, what four elements combine to, or null if that is too much for one code. */
  private final @Nullable TileCode four;

  /** Inputs of the four elements, one after the other. */
  private final List<TileOperand> fourInputs = new ArrayList<>();

  private final TileCode finish;
  private final List<TileOperand> inputs = new ArrayList<>();

  /** In columns, for each input where the elements of a sequence lie relative to the first. */
  private final List<Walk> along = new ArrayList<>();

  private final List<TileOperand> outputs = new ArrayList<>();

  private final long kept;
  private final long length;
  private final boolean columns;

  /** How many sequences columns reduce side by side. */
  private final int tile;

  private final double work;
  private final int pieces;
  private final Frame.Task task = this::piece;

  /** Pieces of the first phase, or 0 if there is one phase only. */
  private final int blockPieces;

  private final Accumulators.Plan plan;
  private final long scratchBytes;

  /** Where the first phase puts each accumulator, in the caller's memory. */
  private final long[] partials;

  private final long partialBytes;

  /** Which way a kernel is reduced. */
  enum Order {
    /** Whichever seems faster. */
    ANY,
    /** Sequence by sequence. */
    ROWS,
    /** Sequences side by side. */
    COLUMNS,
    /** {@link FlatReduceStep} where it fits, else sequence by sequence. */
    FLAT
  }

  /**
   * {@return a kernel's step}
   *
   * @param kernel whose operands lie inside their buffers
   * @param codes makes the codes
   * @param order which way; the bits are the same
   */
  static Step of(ReduceKernel kernel, Codes codes, Order order) {
    ReduceAxes axes = new ReduceAxes(kernel);
    if (axes.reduced().size() == 0 && axes.kept().size() > 0) {
      throw new IllegalArgumentException(kernel.label() + ": nothing to reduce: " + axes);
    }
    Order way = order == Order.ANY ? fastest(kernel, axes) : order;
    return way == Order.FLAT && FlatReduceStep.fits(axes)
        ? new FlatReduceStep(kernel, axes, codes)
        : new ReduceStep(kernel, axes, codes, way == Order.COLUMNS);
  }

  private ReduceStep(ReduceKernel kernel, ReduceAxes axes, Codes codes, boolean columns) {
    this.columns = columns;
    kept = axes.kept().size();
    length = axes.reduced().size();
    lift = codes.of(kernel.lift());
    combine = codes.tree(kernel.combine());
    finish = codes.of(kernel.finish());
    four = columns && length >= 4 && hasFour(kernel) ? four(kernel, codes) : null;
    work = Pieces.work(kernel);
    int wanted = Pieces.of(Long.MAX_VALUE, work);
    tile = columns ? tile(kept, wanted) : TileCode.TILE;
    pieces = Pieces.of(ranges(), work);
    long blocks = blocks();
    blockPieces =
        pieces < Math.min(wanted, ENOUGH) && blocks > 1 ? Pieces.of(ranges() * blocks, work) : 0;

    Room room = new Room();
    prepareOperands(inputs, kernel, axes, room);
    for (int element = 0; element < 4 && four != null; element++) {
      prepareOperands(fourInputs, kernel, axes, room);
    }
    for (Operand input : kernel.inputs()) {
      along.add(Walk.of(axes.along(input.layout()), input.dtype().bytes()));
    }
    for (var coordinate : kernel.coordinates()) {
      along.add(Walk.of(axes.along(coordinates(coordinate, kernel, axes)), 1));
    }
    for (Operand output : kernel.outputs()) {
      outputs.add(TileOperand.of(output, output.layout(), room));
    }
    // Blocks start at multiples of their length within a sequence.
    shared = inputs.stream().map(input -> input.isShared(length)).toList();
    whole = columns ? 0 : whole(length);
    block = whole == 0 ? null : codes.block(kernel.lift(), kernel.combine(), shared, whole);
    rows = whole == length ? EvenRows.of(inputs, shared, List.of(), length) : null;
    int[] accumulated = kernel.lift().resultTypes().stream().mapToInt(DType::bytes).toArray();
    int entries = columns ? ColumnReduction.entries(length) : RowReduction.entries(length);
    plan = new Accumulators.Plan(accumulated, tile, entries, room);
    scratchBytes = room.bytes();
    Room partialRoom = new Room();
    partials = new long[accumulated.length];
    for (int a = 0; a < accumulated.length && blockPieces > 0; a++) {
      partials[a] = partialRoom.take(kept * blocks * accumulated[a]);
    }
    partialBytes = partialRoom.bytes();
  }

  private static Order fastest(ReduceKernel kernel, ReduceAxes axes) {
    double sequences = axes.kept().size();
    double elements = axes.reduced().size();
    // The tree of a block is one call once it is fused, and so is the lift of short sequences.
    double lifts = Math.min(1, elements / BLOCK);
    double callsOfBlock = whole(axes.reduced().size()) > 0 ? 1 : 1 + lifts;
    double rows = sequences * Math.ceil(elements / BLOCK) * callsOfBlock * CALL;
    // Of four elements a lift, which finds places for all of them, and a combination.
    double callsOfElement = hasFour(kernel) && elements >= 4 ? 1 : 2;
    double columns = Math.ceil(sequences / TileCode.TILE) * callsOfElement * elements * CALL;
    rows += BEGINNING * CALL;
    columns += BEGINNING * CALL;
    double flat = FlatReduceStep.calls(axes) * CALL;
    for (Operand input : kernel.inputs()) {
      int width = input.dtype().bytes();
      double all = sequences * elements;
      rows += all * Walk.of(axes.rows(input.layout()), width).detour();
      columns += all * Walk.of(axes.across(input.layout()), width).detour();
      flat += all * Walk.of(axes.columns(input.layout()), width).detour();
    }
    if (FlatReduceStep.fits(axes) && flat < Math.min(rows, columns)) {
      return Order.FLAT;
    }
    return columns < rows ? Order.COLUMNS : Order.ROWS;
  }

  private static int whole(long length) {
    if (length >= BLOCK) {
      return BLOCK;
    }
    return length >= TileBlock.SMALLEST && Long.bitCount(length) == 1 ? (int) length : 0;
  }

  private static int tile(long kept, int pieces) {
    long even = Math.ceilDiv(Math.ceilDiv(kept, (long) pieces), (long) NARROWEST) * NARROWEST;
    return Math.clamp(even, NARROWEST, TileCode.TILE);
  }

  private void prepareOperands(
      List<TileOperand> operands, ReduceKernel kernel, ReduceAxes axes, Room room) {
    for (Operand input : kernel.inputs()) {
      Layout layout = input.layout();
      operands.add(TileOperand.of(input, columns ? axes.across(layout) : axes.rows(layout), room));
    }
    for (var coordinate : kernel.coordinates()) {
      Layout layout = coordinates(coordinate, kernel, axes);
      operands.add(TileOperand.coordinate(columns ? axes.across(layout) : axes.rows(layout), room));
    }
  }

  private static Layout coordinates(Coordinate which, ReduceKernel kernel, ReduceAxes axes) {
    return switch (which) {
      case INDEX -> Layout.contiguous(kernel.domain());
      case POSITION -> axes.positions(kernel.domain());
    };
  }

  /** {@return whether a code for four elements is not too long and does not read too much} */
  private static boolean hasFour(ReduceKernel kernel) {
    int lifts = 4 * kernel.lift().instructions().size();
    int combinations = 3 * kernel.combine().instructions().size();
    return lifts + combinations <= MOST_OF_FOUR && 4 * kernel.lift().inputs().size() <= MOST_READ;
  }

  /** {@return the code for four elements} */
  private static TileCode four(ReduceKernel kernel, Codes codes) {
    Body lift = kernel.lift();
    Body combine = kernel.combine();
    BodyBuilder builder = new BodyBuilder();
    List<List<Term>> lifted = new ArrayList<>();
    for (int element = 0; element < 4; element++) {
      List<Term> arguments = lift.inputs().stream().map(builder::input).toList();
      lifted.add(builder.inline(lift, arguments));
    }
    List<Term> low = combined(builder, combine, lifted.get(0), lifted.get(1));
    List<Term> high = combined(builder, combine, lifted.get(2), lifted.get(3));
    return codes.of(builder.build(combined(builder, combine, low, high)));
  }

  private static List<Term> combined(
      BodyBuilder builder, Body combine, List<Term> left, List<Term> right) {
    return builder.inline(combine, Stream.concat(left.stream(), right.stream()).toList());
  }

  /** {@return how many ranges of kept indices could be pieces} */
  private long ranges() {
    return columns ? Math.ceilDiv(kept, (long) tile) : kept;
  }

  private long blocks() {
    return Math.ceilDiv(length, (long) BLOCK);
  }

  @Override
  public long units() {
    // Columns are too narrow in a band of rows, and two phases have no rows.
    return columns || blockPieces > 0 ? 0 : kept;
  }

  @Override
  public int pieces() {
    // Of two phases the second needs all of the first.
    return kept == 0 || blockPieces > 0 ? 0 : pieces;
  }

  @Override
  public double work() {
    return work;
  }

  @Override
  public void run(Frame frame, WorkerState state, long from, long to) {
    Worker worker = new Worker(frame, state);
    worker.reduce(worker::lift, length, from, to);
  }

  @Override
  public void run(Frame frame) {
    if (kept == 0) {
      return;
    }
    if (blockPieces == 0) {
      frame.parallel(pieces, task);
      return;
    }
    Partials results = new Partials(frame.state().partials().atLeast(partialBytes));
    frame.parallel(
        blockPieces, (in, piece, state) -> new Worker(in, state).reduceBlocks(piece, results));
    frame.parallel(
        pieces, (in, piece, state) -> new Worker(in, state).piece(results::load, blocks(), piece));
  }

  @Override
  public void piece(Frame frame, int piece, WorkerState state) {
    Worker worker = new Worker(frame, state);
    worker.piece(worker::lift, length, piece);
  }

  /** The results of blocks, which the first phase leaves for the second. */
  private final class Partials {
    private final MemorySegment memory;

    Partials(MemorySegment memory) {
      this.memory = memory;
    }

    private long offset(int accumulator, long sequence, long block, int width) {
      long index = columns ? block * kept + sequence : sequence * blocks() + block;
      return partials[accumulator] + index * width;
    }

    /** Takes the result of a block of one or more sequences. */
    void put(long sequence, long block, int count, Accumulators from) {
      for (int a = 0; a < plan.count(); a++) {
        int width = from.width(a);
        long to = offset(a, sequence, block, width);
        MemorySegment.copy(from.memory(), from.offset(0, a, 0), memory, to, (long) count * width);
      }
    }

    /** The leaves of the second phase, see {@link Leaves}. */
    int load(long sequence, long block, int count, Accumulators into, int entry) {
      for (int a = 0; a < plan.count(); a++) {
        int width = into.width(a);
        long from = offset(a, sequence, block, width);
        MemorySegment.copy(
            memory, from, into.memory(), into.offset(entry, a, 0), (long) count * width);
      }
      return count;
    }
  }

  /** A participant at work on one piece. */
  private final class Worker {
    private final Frame frame;
    private final WorkerState state;
    private final MemorySegment scratch;
    private final Accumulators accumulators;
    private final Arguments lifted;
    private final Arguments liftedFour;
    private final Arguments finished;

    Worker(Frame frame, WorkerState state) {
      this.frame = frame;
      this.state = state;
      scratch = state.tiles().atLeast(scratchBytes);
      accumulators = new Accumulators(plan, combine, scratch, state.registers());
      lifted = new Arguments(inputs.size() + plan.count());
      liftedFour = new Arguments(fourInputs.size() + plan.count());
      finished = new Arguments(plan.count() + outputs.size());
    }

    /** Reduces the sequences of a piece to the kernel's results. */
    void piece(Leaves leaves, long elements, int piece) {
      int width = columns ? tile : 1;
      long from = Pieces.start(ranges(), pieces, piece) * width;
      long to = Pieces.start(ranges(), pieces, piece + 1) * width;
      reduce(leaves, elements, from, Math.min(kept, to));
    }

    /** Reduces sequences to the kernel's results. */
    void reduce(Leaves leaves, long elements, long from, long to) {
      Results results = this::finish;
      if (columns) {
        // The second phase has other leaves.
        Leaves.Four four = ReduceStep.this.four != null && elements == length ? this::four : null;
        new ColumnReduction(leaves, four, elements, tile, accumulators).reduce(from, to, results);
      } else if (rows != null
          // The second phase has fewer.
          && elements == length
          && block != null
          && block.isFused()
          && !frame.hasForeign()) {
        wholeRows(rows, block, from, to);
      } else {
        new RowReduction(leaves, elements, whole > 0 && elements == length, accumulators)
            .reduce(from, to, results);
      }
    }

    /** Sequences of the kernel itself that are a block each. */
    private void wholeRows(EvenRows rows, TileBlock block, long from, long to) {
      accumulators.bind(0, 0, lifted, inputs.size());
      for (long first = from; first < to; first += TileCode.TILE) {
        int count = (int) Math.min(TileCode.TILE, to - first);
        EvenRows.Cursor cursor = rows.from(frame, first * length, scratch, lifted);
        for (int i = 0; i < count; i++) {
          if (i > 0) {
            cursor.next();
          }
          lifted.run(block);
          accumulators.copy(0, 0, 1, i);
        }
        finish(first, count, accumulators, 1);
      }
    }

    /** Reduces the blocks of a piece of the first phase. */
    void reduceBlocks(int piece, Partials results) {
      long blocks = blocks();
      long from = Pieces.start(ranges() * blocks, blockPieces, piece);
      long to = Pieces.start(ranges() * blocks, blockPieces, piece + 1);
      var rows = new RowReduction(this::lift, length, true, accumulators);
      Leaves.Four four = ReduceStep.this.four == null ? null : this::four;
      var side = new ColumnReduction(this::lift, four, length, tile, accumulators);
      for (long unit = from; unit < to; unit++) {
        long block = unit % blocks;
        long first = unit / blocks * (columns ? tile : 1);
        int count = columns ? (int) Math.min(tile, kept - first) : 1;
        if (columns) {
          side.block(first, count, block);
        } else {
          rows.block(first, block);
        }
        results.put(first, block, count, accumulators);
      }
    }

    /** The leaves of the kernel itself, see {@link Leaves}. */
    int lift(long sequence, long element, int count, Accumulators into, int entry) {
      if (count == whole && block != null) {
        if (block.isFused()) {
          return atOnce(block, sequence * length + element, into, entry);
        }
        block.count();
      }
      for (int i = 0; i < inputs.size(); i++) {
        long base = columns ? along.get(i).address(element) : 0;
        long first = columns ? sequence : sequence * length + element;
        inputs.get(i).load(frame, base, first, count, scratch, lifted, i);
      }
      into.bind(entry, 0, lifted, inputs.size());
      lifted.run(lift, state.registers(), count);
      return count;
    }

    /** See {@link Leaves.Four}. */
    void four(
        long sequence,
        long element,
        long half,
        long quarter,
        int count,
        Accumulators into,
        int entry) {
      int each = inputs.size();
      for (int k = 0; k < 4; k++) {
        long at = element + (k & 1) * half + (k >> 1) * quarter;
        for (int i = 0; i < each; i++) {
          TileOperand input = fourInputs.get(k * each + i);
          long base = along.get(i).address(at);
          input.load(frame, base, sequence, count, scratch, liftedFour, k * each + i);
        }
      }
      into.bind(entry, 0, liftedFour, 4 * each);
      liftedFour.run(Objects.requireNonNull(four), state.registers(), count);
    }

    /** Lifts and combines a whole block at once. */
    private int atOnce(TileBlock block, long first, Accumulators into, int entry) {
      for (int i = 0; i < inputs.size(); i++) {
        if (shared.get(i)) {
          inputs.get(i).loadShared(frame, first, scratch, lifted, i);
        } else {
          inputs.get(i).load(frame, 0, first, whole, scratch, lifted, i);
        }
      }
      into.bind(entry, 0, lifted, inputs.size());
      lifted.run(block);
      return 1;
    }

    private void finish(long first, int count, Accumulators from, int entry) {
      from.bind(entry, 0, finished, 0);
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).bind(frame, 0, first, count, scratch, finished, plan.count() + i);
      }
      finished.run(finish, state.registers(), count);
      for (TileOperand output : outputs) {
        output.store(frame, first, count, scratch);
      }
    }
  }
}
