package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * An operand of a body, as tiles: straight from the buffer where that is contiguous, else through a
 * tile in scratch memory. A coordinate is an operand too: its values are the positions that its
 * layout gives.
 *
 * @param buffer that holds it, or {@link #COORDINATE}
 * @param walk through its elements
 * @param place of its tile in scratch memory, or {@link #DIRECT}
 */
record TileOperand(int buffer, Walk walk, long place) {
  static final int COORDINATE = -1;
  static final long DIRECT = -1;

  /**
   * {@return an operand}
   *
   * @param operand buffer and dtype
   * @param layout in which order its elements are visited
   * @param room grows by a tile if one is needed
   */
  static TileOperand of(Operand operand, Layout layout, Room room) {
    Walk walk = Walk.of(layout, operand.dtype().bytes());
    long place =
        walk.isContiguous() ? DIRECT : room.take((long) operand.dtype().bytes() * TileCode.TILE);
    return new TileOperand(operand.buffer(), walk, place);
  }

  /**
   * {@return a coordinate}
   *
   * @param layout whose positions are the values
   * @param room grows by a tile
   */
  static TileOperand coordinate(Layout layout, Room room) {
    long place = room.take((long) DType.INT64.bytes() * TileCode.TILE);
    return new TileOperand(COORDINATE, Walk.of(layout, 1), place);
  }

  /** {@return whether all tiles are equal, so that one load does} */
  boolean isConstant() {
    return place != DIRECT && walk.isConstant();
  }

  /**
   * Makes a tile of elements readable as an entry of the arguments.
   *
   * @param frame where the buffers lie
   * @param base added to the walk's addresses
   * @param first index of the first element
   * @param count how many
   * @param scratch holds {@link #place}
   * @param arguments of the code
   * @param entry which of them
   */
  void load(
      Frame frame,
      long base,
      long first,
      int count,
      MemorySegment scratch,
      Arguments arguments,
      int entry) {
    if (buffer == COORDINATE) {
      walk.addresses(base, first, count, scratch, place);
    } else if (place != DIRECT) {
      walk.load(frame.segment(buffer), frame.offset(buffer) + base, first, count, scratch, place);
    }
    bind(frame, base, first, scratch, arguments, entry);
  }

  /** Makes a tile writable as an entry of the arguments; {@link #store} comes after the code. */
  void bind(
      Frame frame, long base, long first, MemorySegment scratch, Arguments arguments, int entry) {
    if (place == DIRECT) {
      long offset = frame.offset(buffer) + base + walk.address(first);
      arguments.set(entry, frame.segment(buffer), offset);
    } else {
      arguments.set(entry, scratch, place);
    }
  }

  /** Takes a tile that was written after {@link #bind} to where it belongs. */
  void store(Frame frame, long first, int count, MemorySegment scratch) {
    if (place != DIRECT) {
      walk.store(frame.segment(buffer), frame.offset(buffer), first, count, scratch, place);
    }
  }
}
