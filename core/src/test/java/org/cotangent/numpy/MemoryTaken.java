package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.error.CotangentException;

/** What a call takes: all it allocates on the heap, and what it leaves outside. */
public final class MemoryTaken {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final BufferPoolMXBean OFF_HEAP =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .findFirst()
          .orElseThrow();

  private final long heap = THREADS.getCurrentThreadAllocatedBytes();
  private final long offHeap = OFF_HEAP.getMemoryUsed();

  /** Starts to count. */
  public MemoryTaken() {}

  /** {@return the bytes since this was made, by this thread} */
  public long bytes() {
    // Less outside of the heap where garbage was collected meanwhile.
    return THREADS.getCurrentThreadAllocatedBytes()
        - heap
        + Math.max(0, OFF_HEAP.getMemoryUsed() - offHeap);
  }

  /**
   * {@return what a call returned, or nothing if it refused, in at most so many bytes} Where it
   * took more, the second time counts: the first may load classes.
   *
   * @param bytes the most it may take
   * @param refusal the only exception it may throw
   * @param action the call, which may be made twice
   */
  public static <T> Optional<T> within(
      long bytes, Class<? extends CotangentException> refusal, Supplier<T> action) {
    MemoryTaken once = new MemoryTaken();
    Optional<T> result = attempt(refusal, action);
    if (once.bytes() > bytes) {
      MemoryTaken again = new MemoryTaken();
      result = attempt(refusal, action);
      long taken = again.bytes();
      assertTrue(taken <= bytes, () -> taken + " bytes taken of " + bytes);
    }
    return result;
  }

  private static <T> Optional<T> attempt(
      Class<? extends CotangentException> refusal, Supplier<T> action) {
    try {
      return Optional.of(action.get());
    } catch (CotangentException e) {
      assertTrue(refusal.isInstance(e), e::toString);
      assertFalse(e.getCause() instanceof OutOfMemoryError, e::toString);
      return Optional.empty();
    }
  }
}
