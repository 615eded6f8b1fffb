package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.type.Layout;

/** A {@link LoopKernel}: tile by tile of consecutive indices of the domain. */
final class LoopStep implements Step {
  /** Rows below this are not worth a tile of their own. */
  private static final long SHORTEST = 256;

  private final TileCode code;
  private final List<TileOperand> inputs = new ArrayList<>();
  private final List<TileOperand> outputs = new ArrayList<>();
  private final long scratchBytes;

  /** Which inputs have one value in each tile. */
  private final List<Boolean> shared;

  private final long elements;

  /** No tile crosses a multiple of this, so that operands repeated along an axis are not copied. */
  private final long row;

  /** Whether no operand is copied to a tile of its own, unless it is foreign. */
  private final boolean straight;

  private final int pieces;

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   * @param codes makes the code
   */
  LoopStep(LoopKernel kernel, Codes codes) {
    Room room = new Room();
    for (Operand input : kernel.inputs()) {
      inputs.add(TileOperand.of(input, input.layout(), room));
    }
    for (var coordinate : kernel.coordinates()) {
      inputs.add(
          switch (coordinate) {
            case INDEX -> TileOperand.coordinate(Layout.contiguous(kernel.domain()), room);
            case POSITION ->
                throw new IllegalArgumentException(
                    kernel.label() + ": a loop has no reduced axes to count along");
          });
    }
    for (Operand output : kernel.outputs()) {
      outputs.add(TileOperand.of(output, output.layout(), room));
    }
    row = row();
    straight =
        Stream.concat(inputs.stream(), outputs.stream())
            .allMatch(operand -> operand.isStraight(row));
    shared = inputs.stream().map(input -> input.isShared(row)).toList();
    code = codes.of(kernel.body(), shared);
    scratchBytes = room.bytes();
    elements = kernel.domain().size();
    pieces = Pieces.of(tiles(), Pieces.work((double) elements, kernel.body()));
  }

  private long row() {
    return Stream.concat(inputs.stream(), outputs.stream())
        .filter(operand -> !operand.direct())
        .mapToLong(operand -> operand.walk().inner())
        .filter(inner -> inner >= SHORTEST)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private long tiles() {
    return Math.ceilDiv(elements, (long) TileCode.TILE);
  }

  @Override
  public void run(Frame frame) {
    if (elements > 0) {
      frame.parallel(pieces, (piece, state) -> run(frame, piece, state));
    }
  }

  private void run(Frame frame, int piece, WorkerState state) {
    long from = Pieces.start(tiles(), pieces, piece) * TileCode.TILE;
    long to = Math.min(elements, Pieces.start(tiles(), pieces, piece + 1) * TileCode.TILE);
    MemorySegment scratch = state.tiles().atLeast(scratchBytes);
    Arguments arguments = new Arguments(inputs.size() + outputs.size());
    int most = straight && !frame.hasForeign() ? code.most() : TileCode.TILE;
    int count;
    for (long first = from; first < to; first += count) {
      count = (int) Math.min(Math.min(most, row - first % row), to - first);
      for (int i = 0; i < inputs.size(); i++) {
        TileOperand input = inputs.get(i);
        if (first > from && input.isConstant()) {
          continue;
        }
        if (shared.get(i)) {
          input.loadShared(frame, first, scratch, arguments, i);
        } else {
          input.load(frame, 0, first, count, scratch, arguments, i);
        }
      }
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).bind(frame, 0, first, count, scratch, arguments, inputs.size() + i);
      }
      arguments.run(code, state.registers(), count);
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).store(frame, first, count, scratch);
      }
    }
  }
}
