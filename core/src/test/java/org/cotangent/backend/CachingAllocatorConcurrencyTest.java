package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cotangent.cpu.CpuMemory;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.testing.ForwardingMemory;
import org.cotangent.testing.RecordingMemory;
import org.cotangent.testing.SimulatedMemory;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Many threads on one allocator; and what the two locks promise. */
@NullMarked
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class CachingAllocatorConcurrencyTest {
  private static final long MIB = 1L << 20;
  private static final int THREADS = 8;
  private static final int ROUNDS = 12_000;

  @Test
  void nobodyWritesIntoAnothersBlock() throws Exception {
    long seed = 20260917;
    try (CpuMemory cpu = new CpuMemory()) {
      RecordingMemory memory = new RecordingMemory(cpu);
      Queue<Block> forgotten = new ConcurrentLinkedQueue<>();
      CachingAllocator allocator =
          new CachingAllocator(memory, 6 * MIB + 100, () -> releaseAll(forgotten));
      // Between phases all memory goes back, so that each begins with a rush for regions.
      CyclicBarrier phase =
          new CyclicBarrier(
              THREADS,
              () -> {
                releaseAll(forgotten);
                MemoryStatistics end = allocator.statistics();
                assertEquals(0, end.liveBlocks());
                assertEquals(0, end.liveBytes());
                assertEquals(end.regions(), end.freeBlocks(), "all merged");
                assertEquals(memory.used(), end.reservedBytes());
                allocator.trim();
                assertEquals(0, memory.used());
              });
      inThreads(thread -> {
        Random random = new Random(seed + thread);
        List<Block> mine = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          try {
            long bytes = 8 * (1 + (long) Math.exp(random.nextDouble() * Math.log(200_000)));
            Block block = allocator.allocate(bytes, thread);
            mine.add(block);
            mark(block);
          } catch (DeviceMemoryException e) {
            while (mine.size() > 1) {
              checkAndRelease(mine.removeLast());
            }
          }
          if (mine.size() > random.nextInt(12)) {
            Block block = mine.remove(random.nextInt(mine.size()));
            if (random.nextInt(4) == 0) {
              forgotten.add(block);
            } else {
              checkAndRelease(block);
            }
          }
          if (round % 300 == 299) {
            allocator.trim();
          }
          if (round % 1000 == 999) {
            mine.forEach(CachingAllocatorConcurrencyTest::checkAndRelease);
            mine.clear();
            phase.await(30, TimeUnit.SECONDS);
          }
        }
      });
      assertTrue(memory.peak() <= 6 * MIB + 100, "limit");
      assertTrue(memory.taken() >= ROUNDS / 1000, "every phase took regions");
      assertEquals(memory.taken(), allocator.statistics().rawAllocations());
      allocator.close();
      assertEquals(0, memory.used());
    }
  }

  @Test
  void referencesAreCountedExactly() throws Exception {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(MIB << 10))) {
      Block block = allocator.allocate(100, "shared");
      inThreads(thread -> {
        for (int round = 0; round < 20 * ROUNDS; round++) {
          block.retain();
          block.release();
        }
      });
      assertTrue(block.exclusive());
      AtomicInteger released = new AtomicInteger();
      for (int i = 1; i < THREADS / 2; i++) {
        block.retain();
      }
      inThreads(thread -> {
        try {
          block.release();
          released.incrementAndGet();
        } catch (ClosedException e) {
          // One of those that came too late.
        }
      });
      assertEquals(THREADS / 2, released.get());
      assertEquals(0, allocator.statistics().liveBlocks());
    }
  }

  @Test
  void hitsAndReleasesDoNotWaitForTheDevice() throws Exception {
    CountDownLatch inDevice = new CountDownLatch(1);
    CountDownLatch proceed = new CountDownLatch(1);
    RawMemory slow =
        new ForwardingMemory(SimulatedMemory.ofCapacity(MIB << 10)) {
          @Override
          public @Nullable Region allocate(long bytes) {
            if (bytes > 20 * MIB) {
              inDevice.countDown();
              await(proceed);
            }
            return super.allocate(bytes);
          }
        };
    try (var allocator = unlimited(slow);
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Block first = allocator.allocate(100, "first");
      Future<Block> waiting = other.submit(() -> allocator.allocate(100 * MIB, "slow"));
      await(inDevice);
      allocator.allocate(100, "hit").release();
      first.release();
      assertEquals(0, allocator.statistics().liveBlocks());
      assertFalse(waiting.isDone());
      proceed.countDown();
      assertNotNull(waiting.get());
    }
  }

  @Test
  void noCallKeepsALock() throws Exception {
    try (CpuMemory memory = new CpuMemory()) {
      CachingAllocator allocator = new CachingAllocator(memory, 4 * MIB, Reclaimer.NONE);
      List<Runnable> calls =
          List.of(
              () -> allocator.allocate(100, "a new region").release(),
              () -> allocator.allocate(100, "a hit").release(),
              () -> allocator.allocate(0, "nothing").release(),
              () ->
                  allocator
                      .view(MemorySegment.ofArray(new byte[1]), "a view")
                      .ifPresent(Block::release),
              () ->
                  assertThrows(
                      DeviceMemoryException.class, () -> allocator.allocate(5 * MIB, "too large")),
              () -> allocator.reserve(MIB),
              () -> allocator.largestLive(1),
              allocator::statistics,
              allocator::resetPeaks,
              allocator::trim,
              allocator::close);
      for (int i = 0; i < calls.size(); i++) {
        calls.get(i).run();
        // Closing takes both locks. It ends the test, so all calls but the last are followed by
        // trim.
        Runnable next = i < calls.size() - 1 ? allocator::trim : allocator::close;
        Thread other = Thread.ofPlatform().daemon().start(next);
        other.join(10_000);
        assertFalse(other.isAlive(), "after call " + i);
      }
    }
  }

  @Test
  void theReclaimerRunsWithoutLocks() throws Exception {
    List<Block> forgotten = new ArrayList<>();
    try (ExecutorService cleaner = Executors.newSingleThreadExecutor()) {
      SimulatedMemory memory = SimulatedMemory.ofCapacity(MIB << 10);
      CachingAllocator[] used = new CachingAllocator[1];
      Reclaimer reclaimer =
          () ->
              get(
                  cleaner.submit(() -> {
                    forgotten.forEach(Block::release);
                    return used[0].trim();
                  }));
      try (var allocator = new CachingAllocator(memory, 30 * MIB, reclaimer)) {
        used[0] = allocator;
        forgotten.add(allocator.allocate(29 * MIB, "forgotten"));
        allocator.allocate(28 * MIB, "fits then").release();
      }
    }
  }

  @Test
  void closingDuringUseThrowsOnlyOurExceptions() throws Exception {
    for (int repeat = 0; repeat < 5; repeat++) {
      SimulatedMemory memory = SimulatedMemory.ofCapacity(MIB << 10);
      CachingAllocator allocator = unlimited(memory);
      CountDownLatch running = new CountDownLatch(THREADS - 1);
      inThreads(thread -> {
        if (thread == 0) {
          await(running);
          allocator.close();
          return;
        }
        allocator.allocate(thread, "held").retain();
        running.countDown();
        assertThrows(
            ClosedException.class,
            () -> {
              for (long i = 0; ; i++) {
                allocator.allocate(i * 997 % (3 * MIB), i).release();
              }
            });
      });
      assertEquals(0, memory.used());
      assertEquals(0, allocator.statistics().liveBlocks());
    }
  }

  private static CachingAllocator unlimited(RawMemory memory) {
    return new CachingAllocator(memory, Long.MAX_VALUE, Reclaimer.NONE);
  }

  private static MemorySegment segment(Block block) {
    return ((HostRegion) block.region()).segment().asSlice(block.offset(), block.bytes());
  }

  /** Writes the block's own number all over it. */
  private static void mark(Block block) {
    MemorySegment segment = segment(block);
    for (long i = 0; i < block.bytes(); i += 512) {
      segment.set(ValueLayout.JAVA_INT, i, System.identityHashCode(block));
    }
    segment.set(ValueLayout.JAVA_INT, block.bytes() - 4, System.identityHashCode(block));
  }

  private static void checkAndRelease(Block block) {
    MemorySegment segment = segment(block);
    for (long i = 0; i < block.bytes(); i += 512) {
      assertEquals(System.identityHashCode(block), segment.get(ValueLayout.JAVA_INT, i));
    }
    assertEquals(
        System.identityHashCode(block), segment.get(ValueLayout.JAVA_INT, block.bytes() - 4));
    block.release();
  }

  private static void releaseAll(Queue<Block> blocks) {
    for (Block block = blocks.poll(); block != null; block = blocks.poll()) {
      checkAndRelease(block);
    }
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private static void inThreads(Work work) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int number = thread;
        tasks.add(() -> {
          work.run(number);
          return true;
        });
      }
      for (Future<Boolean> done : threads.invokeAll(tasks)) {
        done.get();
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void get(Future<?> future) {
    try {
      future.get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
