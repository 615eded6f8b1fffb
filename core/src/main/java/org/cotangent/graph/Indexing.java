package org.cotangent.graph;

/**
 * Elements read from or added to places that an integer input names. Inputs are the data (or
 * updates) and the indices; an index may be negative and then counts from the end.
 */
public non-sealed interface Indexing extends Op {
  /** {@return the axis of the data that the indices point into} */
  int axis();

  /** {@return what happens at the places that the indices name} */
  Mode mode();

  /** The two directions of indexing, transposes of each other. */
  enum Mode {
    /** The result has the data's elements at the indices. */
    GATHER,
    /** The result is zeros plus the updates at the indices, added in the order of the updates. */
    SCATTER_ADD
  }
}
