package org.cotangent;

/**
 * The largest elements along an axis, the largest first. A tree, so that compiled functions can
 * return it.
 *
 * @param values the elements
 * @param indices where along the axis they are, as int64
 */
public record TopK(Tensor values, Tensor indices) {}
