package org.cotangent.cpu;

/** The elements that a reduction combines: for each kept index a sequence of the same length. */
@FunctionalInterface
interface Leaves {
  /**
   * Writes accumulators to the start of an entry: in rows those of consecutive elements, which may
   * be of several sequences, in columns those of one element of consecutive sequences.
   *
   * @param kept the first sequence
   * @param element the first element
   * @param count how many elements or sequences, up to a tile
   * @param into destination
   * @param entry of the destination
   * @return how many were written; 1 of a block of a sequence that is reduced already
   */
  int load(long kept, long element, int count, Accumulators into, int entry);

  /**
   * The same of columns, four elements at once and combined: fewer calls, and no entries between.
   */
  @FunctionalInterface
  interface Four {
    /**
     * Writes what four elements combine to, the first with the second, the third with the fourth,
     * and both results.
     *
     * @param kept the first sequence
     * @param element the first element
     * @param half from the first to the second and from the third to the fourth
     * @param quarter from the first to the third
     * @param count how many sequences
     * @param into destination
     * @param entry of the destination
     */
    void load(
        long kept, long element, long half, long quarter, int count, Accumulators into, int entry);
  }
}
