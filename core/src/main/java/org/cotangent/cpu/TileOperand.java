package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.Tiles;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * An operand of a body, as tiles: straight from the buffer where the elements of a tile follow each
 * other there, else through a tile in scratch memory. What is read from a foreign buffer always is
 * copied to such a tile. A coordinate is an operand too: its values are the positions that its
 * layout gives.
 *
 * @param buffer that holds it, or {@link #COORDINATE}
 * @param walk through its elements
 * @param direct whether its elements follow each other in the buffer
 * @param place of its tile in scratch memory
 */
record TileOperand(int buffer, Walk walk, boolean direct, long place) {
  static final int COORDINATE = -1;

  /** Longer rows of a matrix are tiles, see {@link LoopStep}. */
  private static final int LONGEST_PERIOD = 255;

  /** Elements of a tile that holds an operand's elements again and again. */
  private static final int REPEATED = 4 * TileCode.TILE;

  /**
   * {@return an operand}
   *
   * @param operand buffer and dtype
   * @param layout in which order its elements are visited
   * @param room grows by a tile
   */
  static TileOperand of(Operand operand, Layout layout, Room room) {
    int bytes = operand.dtype().bytes();
    Walk walk = Walk.of(layout, bytes);
    // The tile of a direct operand is touched only if its buffer is foreign.
    TileOperand one = new TileOperand(operand.buffer(), walk, walk.isContiguous(), room.bytes());
    room.take((long) bytes * one.most());
    return one;
  }

  /**
   * {@return a coordinate}
   *
   * @param layout whose positions are the values
   * @param room grows by a tile
   */
  static TileOperand coordinate(Layout layout, Room room) {
    long place = room.take((long) DType.INT64.bytes() * TileCode.TILE);
    return new TileOperand(COORDINATE, Walk.of(layout, 1), false, place);
  }

  /**
   * {@return after how many elements the same ones come again, so that one load does for tiles that
   * start a multiple of it apart; 0 if they never do, or tiles are no longer than that}
   */
  int period() {
    long period = direct || buffer == COORDINATE ? 0 : walk.period();
    return period <= LONGEST_PERIOD ? (int) period : 0;
  }

  /** {@return the most elements of its tile} */
  int most() {
    return period() > 1 ? REPEATED : TileCode.TILE;
  }

  /**
   * {@return whether a tile has one value}
   *
   * @param row tiles do not cross its multiples
   */
  boolean isShared(long row) {
    return buffer != COORDINATE && !direct && walk.isRepeated(row);
  }

  /**
   * {@return whether no tile has to be copied, unless its buffer is foreign}
   *
   * @param row tiles do not cross its multiples
   */
  boolean isStraight(long row) {
    return direct || (buffer != COORDINATE && (walk.isStraight(row) || walk.isRepeated(row)));
  }

  /**
   * Makes the one value of a tile readable as an entry of the arguments.
   *
   * @param frame where the buffers lie
   * @param first index of the first element
   * @param scratch holds {@link #place}
   * @param arguments of the code
   * @param entry which of them
   */
  void loadShared(Frame frame, long first, MemorySegment scratch, Arguments arguments, int entry) {
    MemorySegment memory = frame.segment(buffer);
    long at = offset(frame, first);
    if (frame.isForeign(buffer)) {
      MemorySegment.copy(memory, at, scratch, place, walk.width());
      memory = scratch;
      at = place;
    }
    splat(memory, at, scratch);
    arguments.set(entry, scratch, place);
  }

  /** Repeats an element in the tile. */
  void splat(MemorySegment memory, long at, MemorySegment scratch) {
    Tiles.splat(memory, at, walk.width(), scratch, place);
  }

  /** {@return where an element of the buffer lies in its segment} */
  long offset(Frame frame, long index) {
    return frame.offset(buffer) + walk.address(index);
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
    if (isInPlace(first, count) && !frame.isForeign(buffer)) {
      setInPlace(frame, base, first, arguments, entry);
      return;
    }
    int period = period();
    int loaded = period > 0 ? Math.min(period, count) : count;
    if (buffer == COORDINATE) {
      walk.addresses(base, first, loaded, scratch, place);
    } else if (frame.isForeign(buffer)) {
      long start = frame.offset(buffer) + base;
      walk.loadForeign(frame.segment(buffer), start, first, loaded, scratch, place);
    } else {
      walk.load(frame.segment(buffer), frame.offset(buffer) + base, first, loaded, scratch, place);
    }
    repeat(scratch, loaded, count);
    arguments.set(entry, scratch, place);
  }

  /** Has the first elements of a tile come again and again, twice as many each time. */
  private void repeat(MemorySegment scratch, int loaded, int count) {
    for (int there = loaded; there < count; there *= 2) {
      long bytes = (long) Math.min(there, count - there) * walk.width();
      MemorySegment.copy(scratch, place, scratch, place + (long) there * walk.width(), bytes);
    }
  }

  private void setInPlace(Frame frame, long base, long first, Arguments arguments, int entry) {
    arguments.set(entry, frame.segment(buffer), offset(frame, first) + base);
  }

  /** {@return whether the elements follow each other in the buffer} */
  private boolean isInPlace(long first, int count) {
    return direct || (buffer != COORDINATE && walk.isRun(first, count));
  }

  /** Makes a tile writable as an entry of the arguments; {@link #store} comes after the code. */
  void bind(
      Frame frame,
      long base,
      long first,
      int count,
      MemorySegment scratch,
      Arguments arguments,
      int entry) {
    if (isInPlace(first, count)) {
      setInPlace(frame, base, first, arguments, entry);
    } else {
      arguments.set(entry, scratch, place);
    }
  }

  /** Takes a tile that was written after {@link #bind} to where it belongs. */
  void store(Frame frame, long first, int count, MemorySegment scratch) {
    if (!isInPlace(first, count)) {
      walk.store(frame.segment(buffer), frame.offset(buffer), first, count, scratch, place);
    }
  }
}
