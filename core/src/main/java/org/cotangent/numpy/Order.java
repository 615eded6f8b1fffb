package org.cotangent.numpy;

/** In which order the elements of an array lie in memory. */
public enum Order {
  /** Row-major: the last index runs fastest. */
  C,
  /** Column-major: the first index runs fastest. */
  FORTRAN
}
