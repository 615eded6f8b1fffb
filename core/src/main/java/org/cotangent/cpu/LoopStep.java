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

  /** Whether no operand is copied to a tile of its own, unless it is foreign. */
  private final boolean straight;

  /** Of several rows that may be tiles, or null if they are not even. */
  private final @Nullable EvenRows rows;

  /** Pieces start at multiples of this. */
  private final long unit;

  private final double work;
  private final int pieces;

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
    List<Boolean> repeated = read.stream().map(input -> input.isShared(row)).toList();
    code = codes.of(kernel.body(), repeated);
    shared = new boolean[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      shared[i] = repeated.get(i);
    }
    straight = operands().allMatch(operand -> operand.isStraight(row));
    rows = row < elements ? EvenRows.of(read, repeated, written, row) : null;
    // Rows that are tiles are not cut.
    unit = rows != null && row < TileCode.TILE ? TileCode.TILE / row * row : TileCode.TILE;
    scratchBytes = room.bytes();
    work = Pieces.work((double) elements, kernel.body());
    pieces = Pieces.of(ranges(), work);
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
  public double work() {
    return work;
  }

  @Override
  public void run(Frame frame) {
    if (elements > 0) {
      frame.parallel(
          pieces,
          (piece, state) -> {
            long from = Pieces.start(ranges(), pieces, piece) * unit;
            long to = Math.min(elements, Pieces.start(ranges(), pieces, piece + 1) * unit);
            run(frame, state, from, to);
          });
    }
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
    private final Arguments arguments = new Arguments(inputs.length + outputs.length);

    Worker(Frame frame, WorkerState state) {
      this.frame = frame;
      this.state = state;
      scratch = state.tiles().atLeast(scratchBytes);
    }

    void run(long from, long to) {
      boolean direct = straight && !frame.hasForeign();
      int most = direct ? code.most() : TileCode.TILE;
      long first = from;
      while (first < to) {
        long column = first % row;
        if (direct && rows != null && row <= most && column == 0 && to - first >= row) {
          long count = (to - first) / row;
          EvenRows.Cursor cursor = rows.from(frame, first, scratch, arguments);
          arguments.run(code, state.registers(), (int) row);
          for (long r = 1; r < count; r++) {
            cursor.next();
            arguments.run(code, state.registers(), (int) row);
          }
          first += count * row;
        } else {
          int count = (int) Math.min(Math.min(most, row - column), to - first);
          tile(first, count, first > from);
          first += count;
        }
      }
    }

    /** Elements of one row; after others, constants are there. */
    private void tile(long first, int count, boolean after) {
      for (int i = 0; i < inputs.length; i++) {
        TileOperand input = inputs[i];
        if (after && input.isConstant()) {
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
