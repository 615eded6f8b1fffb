package org.cotangent.cuda.machine;

import java.util.List;

/**
 * A copy of a box of a tensor to shared memory, which is under way until somebody can do nothing
 * else than wait for it.
 *
 * @param map of the tensor
 * @param start of the box, the innermost axis first; elements beyond the ends are 0
 * @param target in shared memory
 * @param barrier that is told of the bytes
 * @param phase of the barrier in which they come
 */
record PtxCopy(PtxTensorMap map, List<Long> start, long target, PtxBarrier barrier, int phase) {
  static final int ROW = 128;
  private static final int CHUNK = 16;
  private static final int ROWS = 8;

  /**
   * {@return where the swizzle of 128 bytes puts an address: its 16 bytes of number c in a row of
   * number r lie at number c ^ (r % 8)}
   */
  static long swizzled(long address) {
    return address ^ (address / ROW % ROWS) * CHUNK;
  }

  /** Does it. */
  void run(PtxMemory from, PtxMemory to) {
    int rank = start.size();
    long[] index = new long[rank];
    int row = map.box().getFirst();
    int bytes = map.elementBytes();
    int rows = map.boxBytes() / (row * bytes);
    for (int r = 0; r < rows; r++) {
      int rest = r;
      for (int axis = 1; axis < rank; axis++) {
        index[axis] = start.get(axis) + rest % map.box().get(axis);
        rest /= map.box().get(axis);
      }
      for (int e = 0; e < row; e++) {
        index[0] = start.getFirst() + e;
        long place = map.place(index);
        long bits = place < 0 ? 0 : map.converted(from.read(place, bytes));
        to.write(swizzled(target + (long) r * ROW + (long) e * bytes), bytes, bits);
      }
    }
    barrier.receive(map.boxBytes());
  }
}
