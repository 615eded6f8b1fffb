package org.cotangent.backend;

import org.cotangent.error.CotangentException;

/** The exception that stands for an element that a kernel on a device has found. */
@FunctionalInterface
public interface Report {
  /**
   * Words of 64 bits that a kernel leaves: the position of the first such element, negative if
   * there is none, and its value.
   */
  int WORDS = 2;

  /**
   * {@return the exception}
   *
   * @param position of the first element to report
   * @param value of it
   */
  CotangentException of(long position, long value);
}
