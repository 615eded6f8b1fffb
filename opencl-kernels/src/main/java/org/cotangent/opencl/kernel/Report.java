package org.cotangent.opencl.kernel;

import org.cotangent.error.CotangentException;

/** The exception that a kernel's status words stand for. */
@FunctionalInterface
public interface Report {
  /**
   * {@return the exception}
   *
   * @param position of the first element to report
   * @param value of it
   */
  CotangentException of(long position, long value);
}
