package org.cotangent.numpy;

import java.util.ArrayList;
import java.util.List;
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

  /** {@return a copy of a list that is there, and so are its elements} */
  static <T> List<T> noNulls(String op, String what, @Nullable List<? extends @Nullable T> list) {
    List<T> copy = new ArrayList<>();
    for (T element : nonNull(op, what, list)) {
      copy.add(nonNull(op, "an element of " + what, element));
    }
    return List.copyOf(copy);
  }
}
