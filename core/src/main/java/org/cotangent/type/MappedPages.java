package org.cotangent.type;

import java.util.function.Supplier;
import org.cotangent.error.FormatException;

/**
 * What is read from memory that may be a mapped file. A file that has become shorter has pages that
 * are not there any more. A fault on one is an {@link InternalError}, which the JVM throws not
 * where it happens but at the thread's next call into the JVM, be it in a caller's caller.
 *
 * <p>Rules. Such memory is looked at by {@link java.lang.foreign.MemorySegment#copy} alone: where
 * loops look at it themselves, the JIT makes vector loads of them, whose faults end the process.
 * Each thread that copied calls {@link #settle} before its work counts as done.
 */
public final class MappedPages {
  private MappedPages() {}

  /**
   * {@return what an action returns that copies from mapped memory}
   *
   * @param action all of the work
   * @param <T> type of its result
   * @throws FormatException if the memory's file has become shorter
   */
  public static <T> T reading(Supplier<T> action) {
    try {
      T result = action.get();
      settle();
      return result;
    } catch (InternalError e) {
      throw new FormatException(
          "map: the array cannot be read: its file was shortened, or its disk is gone", e);
    }
  }

  /** Throws the {@link InternalError} of a fault that this thread has met and not yet heard of. */
  @SuppressWarnings("ThreadPriorityCheck") // Nobody relies on who runs next.
  public static void settle() {
    // Nothing, but by way of the JVM, which on the way back throws what is due.
    Thread.yield();
  }
}
