package org.cotangent.cpu;

/** A step that may fall into pieces, which any threads do in any order. */
interface PieceStep extends Step {
  /** {@return how many pieces there are; 0 if there is nothing to do, or it is only run whole} */
  int pieces();

  /** {@return the work of all pieces, see {@link Pieces#work}} */
  double work();

  /**
   * Does a piece.
   *
   * @param frame where the buffers lie
   * @param piece which, from 0 on
   * @param state of the calling thread
   */
  void piece(Frame frame, int piece, WorkerState state);
}
