package org.cotangent.numpy;

/**
 * Anything that can present itself as an array: the counterpart of NumPy's {@code __array__}. What
 * takes arrays from outside takes these, by the rules of {@link NumPyArray}.
 */
@FunctionalInterface
public interface ArrayLike {
  /** {@return this as an array; {@link NumPyArray#of(float[], long...)} and its kin make one} */
  NumPyArray toNumPyArray();
}
