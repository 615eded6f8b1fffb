package org.cotangent.io;

import java.nio.charset.StandardCharsets;
import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.Nullable;

/** Checks of arguments. */
final class Require {
  private Require() {}

  static <T> T nonNull(String op, String what, @Nullable T value) {
    if (value == null) {
      throw new ArgumentException(op + ": " + what + " is null; pass one");
    }
    return value;
  }

  /** A text that UTF-8 has: without halves of surrogate pairs. */
  static String unicode(String op, String what, @Nullable String text) {
    String there = nonNull(op, what, text);
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(there)) {
      throw new ArgumentException(
          op + ": " + what + " '" + there + "' has half of a surrogate pair; use another");
    }
    return there;
  }
}
