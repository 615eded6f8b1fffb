package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.type.Layout;
import org.jspecify.annotations.Nullable;

/** A {@link LoopKernel}: tile by tile of consecutive indices of the domain. */
final class LoopStep implements RowStep {
  /** Rows below this are not worth a tile of their own. */
  private static final long SHORTEST = 256;

  private final TileCode code;
  private final TileOperand[] inputs;
  private final TileOperand[] outputs;
  private final long scratchBytes;

  /** Which inputs have one value in each tile. */
  private final boolean[] shared;

  private final long elements;

  /** No tile crosses a multiple of this, so that operands repeated along an axis are not copied. */
  private final long row;

  /**
   * Elements after which the shorter rows of a matrix come again: a tile has many of them, and is
   * loaded once for all tiles that start a multiple of this apart.
   */
  private final int period;

  /** Which inputs come again after as many elements. */
  private final boolean[] repeated;

  /** The most elements of a tile, unless an operand is foreign, or the code takes no more. */
  private final int most;

  /** Of several rows that may be tiles, or null if they are not even. */
  private final @Nullable EvenRows rows;

  /** Pieces start at multiples of this. */
  private final long unit;

  private final double work;
  private final int pieces;
  private final Frame.Task task = this::piece;

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   * @param codes makes the code
   */
  LoopStep(LoopKernel kernel, Codes codes) {
    Room room = new Room();
    List<TileOperand> read = new ArrayList<>();
    for (Operand input : kernel.inputs()) {
      read.add(TileOperand.of(input, input.layout(), room));
    }
    for (var coordinate : kernel.coordinates()) {
      read.add(
          switch (coordinate) {
            case INDEX -> TileOperand.coordinate(Layout.contiguous(kernel.domain()), room);
            case POSITION ->
                throw new IllegalArgumentException(
                    kernel.label() + ": a loop has no reduced axes to count along");
          });
    }
    List<TileOperand> written =
        kernel.outputs().stream()
            .map(output -> TileOperand.of(output, output.layout(), room))
            .toList();
    inputs = read.toArray(TileOperand[]::new);
    outputs = written.toArray(TileOperand[]::new);
    elements = kernel.domain().size();
    row = row();
    List<Boolean> single = read.stream().map(input -> input.isShared(row)).toList();
    code = codes.of(kernel.body(), single);
    period = read.stream().mapToInt(TileOperand::period).max().orElse(0);
    shared = new boolean[inputs.length];
    repeated = new boolean[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      shared[i] = single.get(i);
      repeated[i] = read.get(i).period() > 0 && period % read.get(i).period() == 0;
    }
    most = most();
    rows = row < elements ? EvenRows.of(read, single, written, row) : null;
    // Rows that are tiles are not cut.
    unit = whole(TileCode.TILE, rows == null ? period : row);
    scratchBytes = room.bytes();
    work = Pieces.work((double) elements, kernel.body());
    pieces = Pieces.of(ranges(), work);
  }

  /** {@return the most elements of a tile of which none is copied but what comes again} */
  private int most() {
    int most = Integer.MAX_VALUE;
    for (int i = 0; i < inputs.length + outputs.length; i++) {
      boolean isInput = i < inputs.length;
      TileOperand operand = isInput ? inputs[i] : outputs[i - inputs.length];
      if (!operand.isStraight(row)) {
        most = Math.min(most, isInput && repeated[i] ? operand.most() : TileCode.TILE);
      }
    }
    return most;
  }

  /** {@return as many whole rows as there are in a tile, or a tile if it is less than one} */
  private static long whole(long tile, long row) {
    return row > 0 && row < tile ? tile / row * row : tile;
  }

  private long row() {
    return operands()
        .filter(operand -> !operand.direct())
        .mapToLong(operand -> operand.walk().inner())
        .filter(inner -> inner >= SHORTEST)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private Stream<TileOperand> operands() {
    return Stream.concat(Arrays.stream(inputs), Arrays.stream(outputs));
  }

  private long ranges() {
    return Math.ceilDiv(elements, unit);
  }

  @Override
  public long units() {
    return elements;
  }

  @Override
  public int pieces() {
    return elements == 0 ? 0 : pieces;
  }

  @Override
  public double work() {
    return work;
  }

  @Override
  public void run(Frame frame) {
    frame.parallel(pieces(), task);
  }

  @Override
  public void piece(Frame frame, int piece, WorkerState state) {
    long from = Pieces.start(ranges(), pieces, piece) * unit;
    long to = Math.min(elements, Pieces.start(ranges(), pieces, piece + 1) * unit);
    run(frame, state, from, to);
  }

  @Override
  public void run(Frame frame, WorkerState state, long from, long to) {
    new Worker(frame, state).run(from, to);
  }

  /** A participant at work on some elements. */
  private final class Worker {
    private final Frame frame;
    private final WorkerState state;
    private final MemorySegment scratch;
    private final Arguments arguments;

    /** Where the elements began that those that come again were loaded for, and their number. */
    private long loadedFrom;

    private int loaded;

    Worker(Frame frame, WorkerState state) {
      this.frame = frame;
      this.state = state;
      scratch = state.tiles().atLeast(scratchBytes);
      arguments = state.arguments(inputs.length + outputs.length);
    }

    void run(long from, long to) {
      boolean isForeign = frame.hasForeign();
      long longest = whole(isForeign ? TileCode.TILE : Math.min(most, code.most()), period);
      long first = from;
      while (first < to) {
        long column = first % row;
        if (!isForeign && rows != null && row <= longest && column == 0 && to - first >= row) {
          long count = (to - first) / row;
          EvenRows.Cursor cursor = rows.from(frame, first, scratch, arguments);
          arguments.run(code, state.registers(), (int) row);
          for (long r = 1; r < count; r++) {
            cursor.next();
            arguments.run(code, state.registers(), (int) row);
          }
          first += count * row;
        } else {
          int count = (int) Math.min(Math.min(longest, row - column), to - first);
          tile(first, count);
          first += count;
        }
      }
    }

    /** Elements of one row, or of many short ones; what comes again is there after others. */
    private void tile(long first, int count) {
      boolean isThere = count <= loaded && (first - loadedFrom) % Math.max(1, period) == 0;
      if (!isThere) {
        loadedFrom = first;
        loaded = count;
      }
      for (int i = 0; i < inputs.length; i++) {
        TileOperand input = inputs[i];
        if (isThere && repeated[i]) {
          continue;
        }
        if (shared[i]) {
          input.loadShared(frame, first, scratch, arguments, i);
        } else {
          input.load(frame, 0, first, count, scratch, arguments, i);
        }
      }
      for (int i = 0; i < outputs.length; i++) {
        outputs[i].bind(frame, 0, first, count, scratch, arguments, inputs.length + i);
      }
      arguments.run(code, state.registers(), count);
      for (TileOperand output : outputs) {
        output.store(frame, first, count, scratch);
      }
    }
  }
}
