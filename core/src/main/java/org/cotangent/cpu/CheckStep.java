package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.type.DType;

/** Searches one float output of a kernel, once it is written. */
final class CheckStep implements Step {
  private final Check check;
  private final Kernel kernel;
  private final Operand output;
  private final TileOperand tiles;
  private final long scratchBytes;

  /**
   * Prepares the search.
   *
   * @param check what to look for
   * @param kernel that wrote the output
   * @param output of float dtype
   */
  CheckStep(Check check, Kernel kernel, Operand output) {
    this.check = check;
    this.kernel = kernel;
    this.output = output;
    Room room = new Room();
    tiles = TileOperand.of(output, output.layout(), room);
    scratchBytes = room.bytes();
  }

  @Override
  public void run(Frame frame) {
    MemorySegment scratch = frame.state().tiles().atLeast(scratchBytes);
    Arguments tile = new Arguments(1);
    long elements = output.layout().shape().size();
    for (long first = 0; first < elements; first += TileCode.TILE) {
      int count = (int) Math.min(TileCode.TILE, elements - first);
      tiles.load(frame, 0, first, count, scratch, tile, 0);
      int found = find(output.dtype(), tile.segment(0), tile.offset(0), count);
      if (found >= 0) {
        throw kernel.made(check, output, first + found);
      }
    }
  }

  private int find(DType dtype, MemorySegment segment, long offset, int count) {
    return switch (dtype) {
      case FLOAT32 -> findFloat(segment, offset, count);
      case FLOAT64 -> findDouble(segment, offset, count);
      case FLOAT16, BFLOAT16 -> findNarrow(dtype, segment, offset, count);
      case INT8, INT16, INT32, INT64, UINT8, BOOL -> -1;
    };
  }

  private int findFloat(MemorySegment segment, long offset, int count) {
    for (int i = 0; i < count; i++) {
      if (check.finds(segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i))) {
        return i;
      }
    }
    return -1;
  }

  private int findDouble(MemorySegment segment, long offset, int count) {
    for (int i = 0; i < count; i++) {
      if (check.finds(segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset + 8L * i))) {
        return i;
      }
    }
    return -1;
  }

  /** As bits, a NaN's magnitude is above infinity's, and a number's below. */
  private int findNarrow(DType dtype, MemorySegment segment, long offset, int count) {
    int infinity = (int) dtype.bits(dtype.rounded(Double.POSITIVE_INFINITY));
    int least = check == Check.NAN ? infinity + 1 : infinity;
    for (int i = 0; i < count; i++) {
      short bits = segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 2L * i);
      if ((bits & 0x7fff) >= least) {
        return i;
      }
    }
    return -1;
  }
}
