package org.cotangent.graph;

/**
 * Elements read from or written to places that an integer input names. Inputs are the data (or
 * updates) and the indices; an index may be negative and then counts from the end.
 */
public non-sealed interface Indexing extends Op {
  /** {@return the axis of the data that the indices point into} */
  int axis();

  /** {@return what happens at the places that the indices name} */
  Mode mode();

  /**
   * {@return whether the indices have the axes of the data, and each stands for one element of its
   * own line along the axis; else each stands for a slice}
   */
  default boolean along() {
    return false;
  }

  /** {@return what becomes of an index outside the axis} */
  default IndexMode bounds() {
    return IndexMode.CHECKED;
  }

  /** The directions of indexing. */
  enum Mode {
    /** The result has the data's elements at the indices. */
    GATHER,
    /** The result is zeros plus the updates at the indices, added in the order of the updates. */
    SCATTER_ADD,
    /** The result is zeros, but at each index the last update for it. */
    SCATTER_SET
  }
}
