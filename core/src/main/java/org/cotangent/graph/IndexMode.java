package org.cotangent.graph;

/**
 * What becomes of an index outside its axis. In both modes a negative index counts from the end, so
 * that an axis of size n has the indices from -n to n - 1.
 */
public enum IndexMode {
  /** It is an {@link org.cotangent.error.IndexException} that names position, index and axis. */
  CHECKED,

  /**
   * It is the nearest index inside: 0 for less than -n, n - 1 for n and more. Nothing is looked
   * for, so a run on a device neither searches the indices nor reports on them; and no memory
   * outside the tensor is read or written, whatever the index. (NumPy's mode "clip" takes negative
   * indices for 0; here they count from the end.)
   */
  CLIPPED
}
