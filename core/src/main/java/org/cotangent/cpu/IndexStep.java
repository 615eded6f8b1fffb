package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.Tiles;
import org.cotangent.graph.Indexing;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * An {@link IndexKernel}. All indices are checked before anything is written. A scatter is cut by
 * destinations, each of which belongs to one piece that takes the updates in their order.
 */
final class IndexStep implements Step {
  /** Elements of a run of {@link Tiles}. */
  private static final int RUN = 1 << 20;

  /** Each piece of a scatter reads all indices, which the elements added must outweigh. */
  private static final long RANGES = 8;

  private final IndexKernel kernel;
  private final boolean gather;
  private final boolean along;
  private final Operand data;
  private final Operand indices;
  private final Operand output;
  private final int width;
  private final long outer;
  private final long size;
  private final long count;
  private final long inner;

  /** Parts of the axis that a scatter's pieces own. */
  private final long ranges;

  private final long units;
  private final int pieces;
  private final Frame.Task task = this::piece;

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   */
  IndexStep(IndexKernel kernel) {
    this.kernel = kernel;
    gather = kernel.gathers();
    along = kernel.op().along();
    data = kernel.data();
    indices = kernel.indices();
    output = kernel.output();
    width = data.dtype().bytes();
    Shape axes = (gather ? data : output).layout().shape();
    outer = axes.dim(0);
    size = axes.dim(1);
    inner = axes.dim(2);
    count = indices.layout().shape().dim(1);
    ranges = along || inner < RANGES ? 1 : Math.clamp(size, 1, RANGES);
    units = gather ? outer * count : outer * ranges;
    pieces = Pieces.of(units, (double) outer * inner * (4.0 * count + (gather ? 0 : size)));
  }

  @Override
  public void run(Frame frame) {
    if (!frame.hasForeign()) {
      move(frame);
      return;
    }
    try (Arena arena = Arena.ofShared()) {
      move(
          gather
              ? frame.withCopies(arena, indices.buffer())
              : frame.withCopies(arena, indices.buffer(), data.buffer()));
    }
  }

  private void move(Frame frame) {
    if (!kernel.clips() && outer * inner > 0) {
      checkIndices(frame);
    }
    frame.parallel(pieces, task);
  }

  private void piece(Frame frame, int piece, WorkerState state) {
    long from = Pieces.start(units, pieces, piece);
    long to = Pieces.start(units, pieces, piece + 1);
    if (gather) {
      gather(frame, from, to);
    } else {
      scatter(frame, from, to);
    }
  }

  private void checkIndices(Frame frame) {
    long lines = along ? outer : 1;
    long columns = along ? inner : 1;
    for (long row = 0; row < lines * count; row++) {
      for (long k = 0; k < columns; k++) {
        long index = rawIndex(frame, row / count, row % count, k);
        if (index < -size || index >= size) {
          throw kernel.outside(row * columns + k, index);
        }
      }
    }
  }

  private long rawIndex(Frame frame, long i, long j, long k) {
    MemorySegment segment = frame.segment(indices.buffer());
    Layout layout = indices.layout();
    long element =
        layout.offset() + i * layout.stride(0) + j * layout.stride(1) + k * layout.stride(2);
    long start = frame.offset(indices.buffer());
    return switch (indices.dtype()) {
      case INT64 -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, start + 8 * element);
      case INT32 -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, start + 4 * element);
      case INT16 -> segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, start + 2 * element);
      case INT8 -> segment.get(ValueLayout.JAVA_BYTE, start + element);
      case UINT8 -> segment.get(ValueLayout.JAVA_BYTE, start + element) & 0xFF;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BOOL -> throw new AssertionError("no integers");
    };
  }

  /** The index for an element of what is gathered or scattered, inside the axis. */
  private long index(Frame frame, long i, long j, long k) {
    long index = rawIndex(frame, i, j, k);
    index += index < 0 ? size : 0;
    return kernel.clips() ? Math.clamp(index, 0, size - 1) : index;
  }

  /** {@return the address of {@code (i, j, 0)} of data or output} */
  private long address(Frame frame, Operand operand, long i, long j) {
    Layout layout = operand.layout();
    long element = layout.offset() + i * layout.stride(0) + j * layout.stride(1);
    return frame.offset(operand.buffer()) + element * width;
  }

  /** Fills some of the output's {@code outer * count} rows. */
  private void gather(Frame frame, long from, long to) {
    MemorySegment source = frame.segment(data.buffer());
    MemorySegment target = frame.segment(output.buffer());
    boolean foreign = frame.isForeign(data.buffer());
    long stride = data.layout().stride(2) * width;
    for (long row = from; row < to; row++) {
      long i = row / count;
      long j = row % count;
      long place = address(frame, output, i, j);
      if (foreign) {
        gatherForeign(frame, i, j, place);
      } else if (along || inner == 1) {
        for (long k = 0; k < inner; k++) {
          long address = address(frame, data, i, index(frame, i, j, k)) + k * stride;
          move(source, address, target, place + k * width);
        }
      } else {
        copy(source, address(frame, data, i, index(frame, i, j, 0)), target, place);
      }
    }
  }

  /** Fills a row of the output from memory that only copies may look at. */
  private void gatherForeign(Frame frame, long i, long j, long place) {
    MemorySegment source = frame.segment(data.buffer());
    MemorySegment target = frame.segment(output.buffer());
    long stride = data.layout().stride(2) * width;
    if (!along && stride == width) {
      long address = address(frame, data, i, index(frame, i, j, 0));
      MemorySegment.copy(source, address, target, place, inner * width);
      return;
    }
    for (long k = 0; k < inner; k++) {
      long address = address(frame, data, i, index(frame, i, j, k)) + k * stride;
      MemorySegment.copy(source, address, target, place + k * width, width);
    }
  }

  /** Copies one element. */
  private void move(MemorySegment source, long from, MemorySegment target, long to) {
    switch (width) {
      case 1 -> target.set(ValueLayout.JAVA_BYTE, to, source.get(ValueLayout.JAVA_BYTE, from));
      case 2 ->
          target.set(
              ValueLayout.JAVA_SHORT_UNALIGNED,
              to,
              source.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
      case 4 ->
          target.set(
              ValueLayout.JAVA_INT_UNALIGNED, to, source.get(ValueLayout.JAVA_INT_UNALIGNED, from));
      default ->
          target.set(
              ValueLayout.JAVA_LONG_UNALIGNED,
              to,
              source.get(ValueLayout.JAVA_LONG_UNALIGNED, from));
    }
  }

  /** Copies a row of the data to one of the output. */
  private void copy(MemorySegment source, long from, MemorySegment target, long to) {
    long stride = data.layout().stride(2) * width;
    for (long k = 0; k < inner; k += RUN) {
      int length = (int) Math.min(RUN, inner - k);
      Tiles.gather(source, from + k * stride, stride, width, target, to + k * width, length);
    }
  }

  /** Fills some of the output's {@code outer * ranges} parts. */
  private void scatter(Frame frame, long from, long to) {
    MemorySegment target = frame.segment(output.buffer());
    long stride = data.layout().stride(2) * width;
    for (long unit = from; unit < to; unit++) {
      long i = unit / ranges;
      long range = unit % ranges;
      long first = Pieces.start(size, ranges, range);
      long end = Pieces.start(size, ranges, range + 1);
      long bytes = (end - first) * inner * width;
      if (bytes > 0) {
        target.asSlice(address(frame, output, i, first), bytes).fill((byte) 0);
      }
      for (long j = 0; j < count; j++) {
        long source = address(frame, data, i, j);
        if (along) {
          for (long k = 0; k < inner; k++) {
            long place = address(frame, output, i, index(frame, i, j, k)) + k * width;
            put(frame, source + k * stride, place, 1);
          }
          continue;
        }
        long index = index(frame, i, j, 0);
        if (index >= first && index < end) {
          put(frame, source, address(frame, output, i, index), inner);
        }
      }
    }
  }

  /** Puts elements of the updates to the output, or adds them to what is there. */
  private void put(Frame frame, long from, long to, long length) {
    MemorySegment source = frame.segment(data.buffer());
    MemorySegment target = frame.segment(output.buffer());
    if (kernel.op().mode() == Indexing.Mode.SCATTER_SET) {
      if (length == 1) {
        move(source, from, target, to);
      } else {
        copy(source, from, target, to);
      }
      return;
    }
    long stride = data.layout().stride(2) * width;
    switch (data.dtype()) {
      case FLOAT32 -> addFloats(source, from, stride, target, to, length);
      case FLOAT64 -> addDoubles(source, from, stride, target, to, length);
      case INT32 -> addInts(source, from, stride, target, to, length);
      case INT64 -> addLongs(source, from, stride, target, to, length);
      case BOOL -> throw new AssertionError("load refuses it");
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw new AssertionError("it was widened");
    }
  }

  private static void addFloats(
      MemorySegment source, long from, long stride, MemorySegment target, long to, long count) {
    ValueLayout.OfFloat layout = ValueLayout.JAVA_FLOAT_UNALIGNED;
    for (long i = 0; i < count; i++) {
      float sum = target.get(layout, to + 4 * i) + source.get(layout, from + stride * i);
      target.set(layout, to + 4 * i, sum);
    }
  }

  private static void addDoubles(
      MemorySegment source, long from, long stride, MemorySegment target, long to, long count) {
    ValueLayout.OfDouble layout = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    for (long i = 0; i < count; i++) {
      double sum = target.get(layout, to + 8 * i) + source.get(layout, from + stride * i);
      target.set(layout, to + 8 * i, sum);
    }
  }

  private static void addInts(
      MemorySegment source, long from, long stride, MemorySegment target, long to, long count) {
    ValueLayout.OfInt layout = ValueLayout.JAVA_INT_UNALIGNED;
    for (long i = 0; i < count; i++) {
      int sum = target.get(layout, to + 4 * i) + source.get(layout, from + stride * i);
      target.set(layout, to + 4 * i, sum);
    }
  }

  private static void addLongs(
      MemorySegment source, long from, long stride, MemorySegment target, long to, long count) {
    ValueLayout.OfLong layout = ValueLayout.JAVA_LONG_UNALIGNED;
    for (long i = 0; i < count; i++) {
      long sum = target.get(layout, to + 8 * i) + source.get(layout, from + stride * i);
      target.set(layout, to + 8 * i, sum);
    }
  }
}
