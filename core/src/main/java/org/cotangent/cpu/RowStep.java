package org.cotangent.cpu;

/**
 * A step whose work falls into units that do not need each other: the elements of a loop, the
 * sequences of a reduction, each in row-major order.
 */
interface RowStep extends PieceStep {
  /** {@return how many units there are} */
  long units();

  /**
   * Computes some units on the calling thread.
   *
   * @param frame where the buffers lie
   * @param state of the calling thread
   * @param from the first
   * @param to one past the last
   */
  void run(Frame frame, WorkerState state, long from, long to);
}
