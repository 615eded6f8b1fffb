package org.cotangent.io;

/** Intervals of a file, many, without an object for any. */
final class Intervals {
  private Intervals() {}

  /**
   * {@return the numbers of the intervals, by where they begin and then by where they end} A heap,
   * since the library sorts no numbers by others without an object for each.
   *
   * @param begins of the intervals
   * @param ends of the intervals
   */
  static int[] sorted(long[] begins, long[] ends) {
    int[] heap = new int[begins.length];
    for (int i = 0; i < heap.length; i++) {
      heap[i] = i;
    }
    for (int i = heap.length / 2 - 1; i >= 0; i--) {
      sink(heap, i, heap.length, begins, ends);
    }
    for (int size = heap.length - 1; size > 0; size--) {
      swap(heap, 0, size);
      sink(heap, 0, size, begins, ends);
    }
    return heap;
  }

  /** Swaps an item downwards until none below it is larger. */
  private static void sink(int[] heap, int from, int size, long[] begins, long[] ends) {
    int at = from;
    while (at < size / 2) {
      int child = 2 * at + 1;
      if (child + 1 < size && isBefore(heap[child], heap[child + 1], begins, ends)) {
        child++;
      }
      if (!isBefore(heap[at], heap[child], begins, ends)) {
        return;
      }
      swap(heap, at, child);
      at = child;
    }
  }

  private static boolean isBefore(int a, int b, long[] begins, long[] ends) {
    return begins[a] != begins[b] ? begins[a] < begins[b] : ends[a] < ends[b];
  }

  private static void swap(int[] heap, int a, int b) {
    int item = heap[a];
    heap[a] = heap[b];
    heap[b] = item;
  }
}
