package org.cotangent;

/**
 * What {@link Tensor#pad} writes beyond the ends of an axis, as the modes of NumPy's {@code pad}.
 */
public enum PadMode {
  /** One value: {@code 0 0 | 1 2 3 | 0 0}. */
  CONSTANT,

  /** The element at the end: {@code 1 1 | 1 2 3 | 3 3}. */
  EDGE,

  /**
   * The elements before the end in reverse, without the one at the end, over and over: {@code 3 2 |
   * 1 2 3 | 2 1}. One element alone is repeated.
   */
  REFLECT,

  /** The elements from the other end, over and over: {@code 2 3 | 1 2 3 | 1 2}. */
  WRAP
}
