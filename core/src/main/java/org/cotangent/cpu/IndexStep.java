package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.Tiles;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * An {@link IndexKernel}. All indices are checked before anything is written. A scatter is cut by
 * destinations, each of which belongs to one piece that adds the updates in their order.
 */
final class IndexStep implements Step {
  /** Elements of a run of {@link Tiles}. */
  private static final int RUN = 1 << 20;

  /** Each piece of a scatter reads all indices, which the elements added must outweigh. */
  private static final long RANGES = 8;

  private final IndexKernel kernel;
  private final boolean gather;
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

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   */
  IndexStep(IndexKernel kernel) {
    this.kernel = kernel;
    gather =
        switch (kernel.mode()) {
          case GATHER -> true;
          case SCATTER_ADD -> false;
        };
    data = kernel.data();
    indices = kernel.indices();
    output = kernel.output();
    width = data.dtype().bytes();
    Shape axes = (gather ? data : output).layout().shape();
    outer = axes.dim(0);
    size = axes.dim(1);
    inner = axes.dim(2);
    count = indices.layout().shape().dim(0);
    ranges = inner < RANGES ? 1 : Math.clamp(size, 1, RANGES);
    units = gather ? outer * count : outer * ranges;
    pieces = Pieces.of(units, (double) outer * inner * (4.0 * count + (gather ? 0 : size)));
  }

  @Override
  public void run(Frame frame) {
    checkIndices(frame);
    frame.parallel(
        pieces,
        (piece, state) -> {
          long from = Pieces.start(units, pieces, piece);
          long to = Pieces.start(units, pieces, piece + 1);
          if (gather) {
            gather(frame, from, to);
          } else {
            scatter(frame, from, to);
          }
        });
  }

  private void checkIndices(Frame frame) {
    for (long position = 0; position < count; position++) {
      long index = rawIndex(frame, position);
      if (index < -size || index >= size) {
        throw kernel.outside(position, index);
      }
    }
  }

  private long rawIndex(Frame frame, long position) {
    MemorySegment segment = frame.segment(indices.buffer());
    Layout layout = indices.layout();
    long element = layout.offset() + position * layout.stride(0);
    long start = frame.offset(indices.buffer());
    return indices.dtype() == DType.INT32
        ? segment.get(ValueLayout.JAVA_INT_UNALIGNED, start + 4 * element)
        : segment.get(ValueLayout.JAVA_LONG_UNALIGNED, start + 8 * element);
  }

  private long index(Frame frame, long position) {
    long index = rawIndex(frame, position);
    return index < 0 ? index + size : index;
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
    long stride = data.layout().stride(2) * width;
    for (long row = from; row < to; row++) {
      long address = address(frame, data, row / count, index(frame, row % count));
      long place = address(frame, output, row / count, row % count);
      for (long i = 0; i < inner; i += RUN) {
        int length = (int) Math.min(RUN, inner - i);
        Tiles.gather(source, address + i * stride, stride, width, target, place, length);
        place += (long) length * width;
      }
    }
  }

  /** Fills some of the output's {@code outer * ranges} parts. */
  private void scatter(Frame frame, long from, long to) {
    MemorySegment target = frame.segment(output.buffer());
    for (long unit = from; unit < to; unit++) {
      long i = unit / ranges;
      int range = (int) (unit % ranges);
      long first = Pieces.start(size, (int) ranges, range);
      long end = Pieces.start(size, (int) ranges, range + 1);
      long bytes = (end - first) * inner * width;
      if (bytes > 0) {
        target.asSlice(address(frame, output, i, first), bytes).fill((byte) 0);
      }
      for (long position = 0; position < count; position++) {
        long index = index(frame, position);
        if (index >= first && index < end) {
          add(frame, address(frame, data, i, position), address(frame, output, i, index));
        }
      }
    }
  }

  /** Adds a row of updates to a row of the output. */
  private void add(Frame frame, long from, long to) {
    MemorySegment source = frame.segment(data.buffer());
    MemorySegment target = frame.segment(output.buffer());
    long stride = data.layout().stride(2) * width;
    switch (data.dtype()) {
      case FLOAT32 -> addFloats(source, from, stride, target, to, inner);
      case FLOAT64 -> addDoubles(source, from, stride, target, to, inner);
      case INT32 -> addInts(source, from, stride, target, to, inner);
      case INT64 -> addLongs(source, from, stride, target, to, inner);
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
