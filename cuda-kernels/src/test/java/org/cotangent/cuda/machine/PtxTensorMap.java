package org.cotangent.cuda.machine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.cuda.driver.TensorMap;

/**
 * A tensor map as this machine reads it. Only a driver knows the bits of a real one; these are the
 * machine's own, and begin with a word that nothing else begins with.
 *
 * @param address of the first element
 * @param elementBytes of an element
 * @param sizes of the axes, the innermost first
 * @param strides in bytes, of all axes but the innermost
 * @param box elements of a box along each axis
 */
public record PtxTensorMap(
    long address, int elementBytes, List<Long> sizes, List<Long> strides, List<Integer> box) {
  private static final long WORD = 0x7e450a11_c07a6e47L;
  private static final long MOST_BYTES = 1L << 40;
  private static final long MOST_SIZE = 1L << 32;
  private static final int MOST_BOX = 256;
  private static final int MOST_RANK = 5;
  private static final int ALIGNMENT = 16;

  /** Of the swizzle, the one there is. */
  private static final int SPAN = 128;

  /** {@return the map of a tensor, by the rules of cuTensorMapEncodeTiled} */
  static PtxTensorMap of(TensorMap map, long address) {
    List<Long> sizes = map.sizes();
    int rank = sizes.size();
    require(rank >= 1 && rank <= MOST_RANK, "rank", rank);
    require(map.strides().size() == rank - 1, "strides", map.strides());
    require(map.box().size() == rank, "box", map.box());
    require(address % ALIGNMENT == 0, "address", address);
    sizes.forEach(size -> require(size >= 1 && size <= MOST_SIZE, "size", size));
    map.strides()
        .forEach(stride ->
            require(
                stride > 0 && stride < MOST_BYTES && stride % ALIGNMENT == 0, "stride", stride));
    map.box().forEach(box -> require(box >= 1 && box <= MOST_BOX, "box", box));
    int bytes = map.dtype().bytes();
    int inner = map.box().getFirst() * bytes;
    require(inner % ALIGNMENT == 0 && inner <= SPAN, "bytes of a box's row", inner);
    return new PtxTensorMap(address, bytes, sizes, map.strides(), map.box());
  }

  /**
   * {@return the bits of a map}
   *
   * @param map how a tensor lies
   * @param address of its first element
   */
  public static MemorySegment bits(TensorMap map, long address) {
    MemorySegment bits = MemorySegment.ofArray(new byte[TensorMap.BYTES]);
    of(map, address).write(bits);
    return bits;
  }

  private static void require(boolean holds, String what, Object value) {
    if (!holds) {
      throw new PtxFault("a tensor map with " + what + " " + value);
    }
  }

  /** Writes the bits of the map. */
  void write(MemorySegment to) {
    int rank = sizes.size();
    long[] words = new long[TensorMap.BYTES / Long.BYTES];
    words[0] = WORD;
    words[1] = address;
    words[2] = (long) rank << 8 | elementBytes;
    for (int axis = 0; axis < rank; axis++) {
      words[3 + axis] = sizes.get(axis);
      words[8 + axis] = axis == 0 ? 0 : strides.get(axis - 1);
      words[13 + axis / 3] |= (long) box.get(axis) << (16 * (axis % 3));
    }
    MemorySegment.copy(words, 0, to, ValueLayout.JAVA_LONG_UNALIGNED, 0, words.length);
  }

  /** {@return the map that some bits are} */
  static PtxTensorMap read(MemorySegment bits) {
    long[] words = bits.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    if (words.length != TensorMap.BYTES / Long.BYTES || words[0] != WORD) {
      throw new PtxFault("a copy with what is no tensor map");
    }
    int rank = (int) words[2] >> 8;
    return new PtxTensorMap(
        words[1],
        (int) words[2] & 0xff,
        IntStream.range(0, rank).mapToObj(axis -> words[3 + axis]).toList(),
        IntStream.range(1, rank).mapToObj(axis -> words[8 + axis]).toList(),
        IntStream.range(0, rank)
            .mapToObj(axis -> (int) (words[13 + axis / 3] >> (16 * (axis % 3))) & 0xffff)
            .toList());
  }

  /**
   * {@return an element as a copy stores it} One of 4 bytes is a float32, and becomes tf32; of how
   * a chip rounds is only known that it does, here it is to nearest.
   */
  long converted(long bits) {
    return elementBytes == Float.BYTES ? PtxInstruction.tf32((int) bits) : bits;
  }

  /** {@return the bytes of a box} */
  int boxBytes() {
    return box.stream().reduce(elementBytes, (a, b) -> a * b);
  }

  /** {@return where an element lies, or -1 beyond the ends} */
  long place(long[] indices) {
    long place = address;
    for (int axis = 0; axis < indices.length; axis++) {
      if (indices[axis] < 0 || indices[axis] >= sizes.get(axis)) {
        return -1;
      }
      place += indices[axis] * (axis == 0 ? elementBytes : strides.get(axis - 1));
    }
    return place;
  }
}
