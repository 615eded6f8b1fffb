package org.cotangent.numpy;

import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.Nullable;

/** Checks of arguments that callers without null checks may get wrong. */
final class Require {
  private Require() {}

  static <T> T nonNull(String op, String what, @Nullable T value) {
    if (value == null) {
      throw new ArgumentException(op + ": " + what + " is null; pass one");
    }
    return value;
  }
}
