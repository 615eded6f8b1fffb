package org.cotangent.numpy;

import com.sun.management.ThreadMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

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
}
