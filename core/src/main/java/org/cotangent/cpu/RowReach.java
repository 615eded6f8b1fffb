package org.cotangent.cpu;

import java.util.stream.IntStream;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Which bytes the rows of an operand lie in: row {@code r} within {@code from + r * step} to {@code
 * to + r * step}.
 *
 * @param place the memory they are counted in; operands in different places share no byte
 * @param from first byte of the first row
 * @param to one past its last byte
 * @param step from each row to the next; 0 if all rows may lie anywhere
 * @param rows how many
 * @param isWritten whether the operand is an output
 */
record RowReach(Storage place, long from, long to, long step, long rows, boolean isWritten) {
  private static final Storage ARENA = new Storage.Scratch(0);

  /**
   * {@return the reach of an operand}
   *
   * @param program that says where its buffer lies
   * @param operand buffer and dtype
   * @param layout of the operand, with axes that make up the rows first
   * @param axes how many these are
   * @param isWritten whether it is an output
   */
  static RowReach of(Program program, Operand operand, Layout layout, int axes, boolean isWritten) {
    Shape shape = layout.shape();
    long rows = 1;
    for (int axis = 0; axis < axes; axis++) {
      rows *= shape.dim(axis);
    }
    int width = operand.dtype().bytes();
    Storage storage = program.buffers().get(operand.buffer()).storage();
    long start = storage instanceof Storage.Scratch(long offset) ? offset : 0;
    long step = step(layout, axes) * width;
    if (step <= 0) {
      long first = start + layout.first() * width;
      return new RowReach(
          place(program, storage), first, start + layout.extent() * width, 0, rows, isWritten);
    }
    Layout row =
        Layout.of(
            Shape.of(IntStream.range(axes, shape.rank()).mapToLong(shape::dim).toArray()),
            IntStream.range(axes, shape.rank()).mapToLong(layout::stride).toArray(),
            layout.offset());
    long first = start + row.first() * width;
    return new RowReach(
        place(program, storage), first, start + row.extent() * width, step, rows, isWritten);
  }

  /** Distance of consecutive rows in elements, or 0 if it is not always the same. */
  private static long step(Layout layout, int axes) {
    long step = 0;
    long inside = 1;
    for (int axis = axes - 1; axis >= 0; axis--) {
      long dim = layout.shape().dim(axis);
      if (dim == 1) {
        continue;
      }
      if (inside == 1) {
        step = layout.stride(axis);
      } else if (layout.stride(axis) != step * inside) {
        return 0;
      }
      inside *= dim;
    }
    return step;
  }

  private static Storage place(Program program, Storage storage) {
    return switch (storage) {
      case Storage.Scratch scratch -> ARENA;
      case Storage.Output(int index) -> {
        // A program made by hand need not say.
        var donors = program.plan().donors();
        int donor = index < donors.size() ? donors.get(index) : -1;
        yield donor < 0 ? storage : new Storage.Input(donor);
      }
      case Storage.Input input -> input;
      case Storage.Constant constant -> constant;
    };
  }

  /** {@return bytes of one row, if rows lie apart; else 0} */
  long bytes() {
    return step == 0 ? 0 : to - from;
  }

  /**
   * {@return whether no row of one touches what another row of the other writes, so that rows may
   * be computed in any order}
   *
   * @param other has as many rows
   */
  boolean isApartFrom(RowReach other) {
    if (!isWritten && !other.isWritten) {
      return true;
    }
    if (!place.equals(other.place) || end() <= other.from || other.end() <= from) {
      return true;
    }
    return step == other.step && Math.max(to, other.to) - Math.min(from, other.from) <= step;
  }

  private long end() {
    return to + (rows - 1) * step;
  }
}
