package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rows of operands that lie in place and equally far from each other: where the first of some lies
 * is found out, the others follow. Immutable.
 */
final class EvenRows {
  /** Inputs, then outputs. */
  private final TileOperand[] operands;

  /** Whether an operand has one value for a row, which is copied to its tile. */
  private final boolean[] shared;

  /** Bytes from a row of each operand to the next. */
  private final long[] steps;

  /** The same, but 0 for shared ones, whose tiles stay where they are. */
  private final long[] argumentSteps;

  private EvenRows(
      List<TileOperand> inputs, List<Boolean> shared, List<TileOperand> outputs, long row) {
    operands = Stream.concat(inputs.stream(), outputs.stream()).toArray(TileOperand[]::new);
    this.shared = new boolean[operands.length];
    steps = new long[operands.length];
    argumentSteps = new long[operands.length];
    for (int i = 0; i < operands.length; i++) {
      this.shared[i] = i < inputs.size() && shared.get(i);
      steps[i] = operands[i].walk().step(row);
      argumentSteps[i] = this.shared[i] ? 0 : steps[i];
    }
  }

  /**
   * {@return the rows of operands, or null if they are not even}
   *
   * @param inputs of a code
   * @param shared which of them have one value for a row
   * @param outputs of it
   * @param row elements of a row
   */
  static @Nullable EvenRows of(
      List<TileOperand> inputs, List<Boolean> shared, List<TileOperand> outputs, long row) {
    boolean even =
        Stream.concat(inputs.stream(), outputs.stream())
            .allMatch(operand -> operand.isStraight(row) && operand.walk().isEven(row));
    return even ? new EvenRows(inputs, shared, outputs, row) : null;
  }

  /**
   * {@return a walk from row to row, which is at the first}
   *
   * @param frame without foreign buffers
   * @param first index of the first element of the first row
   * @param scratch holds the operands' tiles
   * @param arguments get inputs and outputs of a row, and keep what else they have
   */
  Cursor from(Frame frame, long first, MemorySegment scratch, Arguments arguments) {
    return new Cursor(frame, first, scratch, arguments);
  }

  /** Is at one row. */
  final class Cursor {
    private final Frame frame;
    private final MemorySegment scratch;
    private final Arguments arguments;

    /** Where the value of a shared operand lies. */
    private final long[] at = new long[operands.length];

    private Cursor(Frame frame, long first, MemorySegment scratch, Arguments arguments) {
      this.frame = frame;
      this.scratch = scratch;
      this.arguments = arguments;
      for (int i = 0; i < operands.length; i++) {
        at[i] = operands[i].offset(frame, first);
        if (shared[i]) {
          splat(i);
          arguments.set(i, scratch, operands[i].place());
        } else {
          arguments.set(i, frame.segment(operands[i].buffer()), at[i]);
        }
      }
    }

    /** Goes to the next row. */
    void next() {
      arguments.advance(argumentSteps);
      for (int i = 0; i < operands.length; i++) {
        if (shared[i] && steps[i] != 0) {
          at[i] += steps[i];
          splat(i);
        }
      }
    }

    private void splat(int i) {
      operands[i].splat(frame.segment(operands[i].buffer()), at[i], scratch);
    }
  }
}
