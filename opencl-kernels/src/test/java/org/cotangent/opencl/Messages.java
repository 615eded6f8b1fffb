package org.cotangent.opencl;

import java.util.Objects;

/** What exceptions say. */
final class Messages {
  private Messages() {}

  /** {@return the message, which must be there} */
  static String of(Throwable error) {
    return Objects.requireNonNull(error.getMessage());
  }
}
