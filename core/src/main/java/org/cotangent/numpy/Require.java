package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
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

  /** Memory that this thread may read. */
  static void readable(String op, MemorySegment memory) {
    if (!memory.scope().isAlive()) {
      throw closed(op);
    }
    if (!memory.isAccessibleBy(Thread.currentThread())) {
      throw new ArgumentException(
          op + ": the memory is another thread's alone; take it from Arena.ofShared()");
    }
  }

  /** An array that values can be written to. */
  static void target(String op, String what, Form form, HostArray target) {
    TensorType type = nonNull(op, "the target", target).type();
    if (!type.shape().equals(form.shape())) {
      throw new ShapeException(
          "%s: the target has shape %s, %s %s; pass one of the same shape"
              .formatted(op, type.shape(), what, form.shape()));
    }
    writable(op, target.data());
  }

  /** Memory that this thread may write to. */
  static void writable(String op, MemorySegment memory) {
    if (memory.isReadOnly()) {
      throw new ArgumentException(op + ": the target is read-only; pass memory of its own");
    }
    if (!memory.scope().isAlive() || !memory.isAccessibleBy(Thread.currentThread())) {
      throw new ArgumentException(
          op + ": the memory of the target is closed or another thread's; pass one to write to");
    }
  }

  static ClosedException closed(String op) {
    return new ClosedException(
        op + ": the memory's arena is closed; keep it open while the array is in use");
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
