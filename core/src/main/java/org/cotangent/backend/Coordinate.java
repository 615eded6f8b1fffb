package org.cotangent.backend;

/** An integer that a kernel's body may ask for beside its operands, as an int64 input. */
public enum Coordinate {
  /** The row-major index of the element in the kernel's domain. */
  INDEX,
  /** The row-major index of the element among the reduced axes of a {@link ReduceKernel}. */
  POSITION
}
