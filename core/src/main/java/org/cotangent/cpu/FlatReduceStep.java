package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * A {@link ReduceKernel} on few elements: the first elements of all sequences, then the second ones
 * and so on, are one tile, and halves of that are halves of each sequence. So a level of the tree
 * takes one call for all sequences, where a call costs more than its elements.
 */
final class FlatReduceStep implements PieceStep {
  /** Accumulators of more elements take too much of the second cache. */
  private static final long MOST = 1 << 16;

  private final TileCode lift;
  private final TileCode combine;
  private final TileCode finish;

  /** Over the elements with the sequences innermost. */
  private final List<TileOperand> inputs = new ArrayList<>();

  private final List<TileOperand> outputs = new ArrayList<>();
  private final int[] widths;

  /** Where in scratch memory each accumulator of the first element lies. */
  private final long[] places;

  private final int kept;
  private final int length;
  private final int arguments;
  private final long scratchBytes;
  private final double work;
  private final Frame.Task task = this::piece;

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   * @param axes of the kernel, which {@link #fits}
   * @param codes makes the codes
   */
  FlatReduceStep(ReduceKernel kernel, ReduceAxes axes, Codes codes) {
    kept = (int) axes.kept().size();
    length = (int) axes.reduced().size();
    lift = codes.of(kernel.lift());
    combine = codes.of(kernel.combine());
    finish = codes.of(kernel.finish());
    Room room = new Room();
    for (Operand input : kernel.inputs()) {
      inputs.add(TileOperand.of(input, axes.columns(input.layout()), room));
    }
    for (var coordinate : kernel.coordinates()) {
      Layout layout =
          switch (coordinate) {
            case INDEX -> Layout.contiguous(kernel.domain());
            case POSITION -> axes.positions(kernel.domain());
          };
      inputs.add(TileOperand.coordinate(axes.columns(layout), room));
    }
    for (Operand output : kernel.outputs()) {
      outputs.add(TileOperand.of(output, output.layout(), room));
    }
    widths = kernel.lift().resultTypes().stream().mapToInt(DType::bytes).toArray();
    places = new long[widths.length];
    for (int a = 0; a < places.length; a++) {
      places[a] = room.take((long) widths[a] * kept * length);
    }
    arguments =
        Math.max(3 * places.length, places.length + Math.max(inputs.size(), outputs.size()));
    scratchBytes = room.bytes();
    work = Pieces.work(kernel);
  }

  /**
   * {@return whether a reduction is so small that its accumulators stay in the second cache, and
   * its tree is one block} Cutting it would take longer than it saves.
   */
  static boolean fits(ReduceAxes axes) {
    long length = axes.reduced().size();
    return length <= ReduceKernel.BLOCK && axes.kept().size() <= MOST / Math.max(1, length);
  }

  /** {@return how often codes are called, which costs more than all else} */
  static double calls(ReduceAxes axes) {
    double length = axes.reduced().size();
    double tiles = Math.ceil(axes.kept().size() * length / TileCode.TILE);
    return 2 * tiles + Math.ceil(Math.log(length) / Math.log(2));
  }

  @Override
  public int pieces() {
    return kept == 0 ? 0 : 1;
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
    MemorySegment scratch = state.tiles().atLeast(scratchBytes);
    Arguments code = state.arguments(arguments);
    lift(frame, state, scratch, code);
    for (int elements = length; elements > 1; ) {
      int half = Integer.highestOneBit(elements - 1);
      combine(state, scratch, code, half * kept, (elements - half) * kept);
      elements = half;
    }
    finish(frame, state, scratch, code);
  }

  private void lift(Frame frame, WorkerState state, MemorySegment scratch, Arguments code) {
    int all = kept * length;
    for (int first = 0; first < all; first += TileCode.TILE) {
      int count = Math.min(TileCode.TILE, all - first);
      for (int i = 0; i < inputs.size(); i++) {
        inputs.get(i).load(frame, 0, first, count, scratch, code, i);
      }
      accumulators(first, scratch, code, inputs.size());
      code.run(lift, state.registers(), count);
    }
  }

  /** Combines the first elements with those from {@code other} on. */
  private void combine(
      WorkerState state, MemorySegment scratch, Arguments code, int other, int all) {
    for (int first = 0; first < all; first += TileCode.TILE) {
      accumulators(first, scratch, code, 0);
      accumulators(other + first, scratch, code, places.length);
      accumulators(first, scratch, code, 2 * places.length);
      code.run(combine, state.registers(), Math.min(TileCode.TILE, all - first));
    }
  }

  private void finish(Frame frame, WorkerState state, MemorySegment scratch, Arguments code) {
    for (int first = 0; first < kept; first += TileCode.TILE) {
      int count = Math.min(TileCode.TILE, kept - first);
      accumulators(first, scratch, code, 0);
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).bind(frame, 0, first, count, scratch, code, places.length + i);
      }
      code.run(finish, state.registers(), count);
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).store(frame, first, count, scratch);
      }
    }
  }

  /** Has arguments of a code from one on be the accumulators from an element on. */
  private void accumulators(int element, MemorySegment scratch, Arguments code, int argument) {
    for (int a = 0; a < places.length; a++) {
      code.set(argument + a, scratch, places[a] + (long) element * widths[a]);
    }
  }
}
