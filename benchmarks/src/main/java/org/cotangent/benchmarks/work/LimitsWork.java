package org.cotangent.benchmarks.work;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.cotangent.benchmarks.compare.Comparison;

/**
 * What the machine can do at best, on all cores at once: fused multiply-adds, copies, and a call
 * that does nothing. Each method does a fixed amount of work and says how long the slowest thread
 * took from the moment when all were ready.
 *
 * <p>C2 makes fast code of a Vector API loop when it compiles the method that holds it, and at
 * times slow code when it compiles the loop while it runs. So each loop is short, in a method of
 * its own, and that is called often. The first pieces of work are slow and warm up.
 */
public final class LimitsWork implements AutoCloseable {
  /** Of source and target in the second-level cache, for each thread. */
  static final long CACHED_BYTES = 128 << 10;

  /** Of source and target in memory, for all threads. */
  static final long MEMORY_BYTES = 256 << 20;

  /** That a thread copies in a piece of work; enough for the JVM to store past the caches. */
  private static final long CHUNK_BYTES = 8 << 20;

  /**
   * Loops in a piece of work: about a millisecond, so that on a busy machine some pieces find all
   * cores free.
   */
  private static final int FMA_CALLS = 1000;

  private static final int COPIES = 1000;
  private static final int CALL_LOOPS = 100;
  private static final int WARMUP = 3;
  private static final long ALIGNMENT = 4096;

  /**
   * Work that was done.
   *
   * @param amount operations, bytes read and written, or calls
   * @param seconds of the slowest thread
   */
  public record Done(double amount, double seconds) {
    /** {@return the amount a second} */
    public double rate() {
      return amount / seconds;
    }
  }

  /** What a thread does of a piece of work; returns the amount. */
  @FunctionalInterface
  private interface Part {
    double run(int thread);
  }

  private final int threads = Runtime.getRuntime().availableProcessors();
  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          threads, Thread.ofPlatform().daemon().name("limits-", 0).factory());
  private final Arena arena = Arena.ofShared();
  private final List<MultiplyAdds> arithmetic = new ArrayList<>();
  private final List<MemorySegment> cached = new ArrayList<>();
  private final MemorySegment source = allocate(MEMORY_BYTES / 2);
  private final MemorySegment target = allocate(MEMORY_BYTES / 2);
  private final EmptyCalls calls = new EmptyCalls();
  private long next;

  /**
   * Starts the threads, fills the memory and does each kind of work once.
   *
   * @throws IllegalStateException if a sum or a copy comes out wrong
   */
  public LimitsWork() {
    for (int thread = 0; thread < threads; thread++) {
      arithmetic.add(new MultiplyAdds());
      cached.add(allocate(CACHED_BYTES));
    }
    try {
      check();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * {@return the limits of this machine, each the best of many pieces of work}
   *
   * @param round to name in the result
   * @param duration about how long to measure, beside the warm-up; each limit gets an equal share
   */
  public static Comparison.Limits measure(int round, Duration duration) {
    Duration share = duration.dividedBy(5);
    try (LimitsWork work = new LimitsWork()) {
      return new Comparison.Limits(
          round,
          best(share, work::flops32),
          best(share, work::flops64),
          best(share, work::cached),
          best(share, work::memory),
          1 / best(share, work::calls));
    }
  }

  /** {@return the highest rate} Work is done until the time is over, and once in any case. */
  private static double best(Duration duration, Supplier<Done> work) {
    for (int i = 0; i < WARMUP; i++) {
      var _ = work.get();
    }
    long end = System.nanoTime() + duration.toNanos();
    double best = work.get().rate();
    while (System.nanoTime() < end) {
      best = Math.max(best, work.get().rate());
    }
    return best;
  }

  /** {@return float32 operations, two for each fused multiply-add} */
  public Done flops32() {
    return together(thread -> arithmetic.get(thread).run32(FMA_CALLS));
  }

  /** {@return float64 operations, two for each fused multiply-add} */
  public Done flops64() {
    return together(thread -> arithmetic.get(thread).run64(FMA_CALLS));
  }

  /** {@return bytes read and written by copies within the second-level cache of each core} */
  public Done cached() {
    return together(thread -> copies(cached.get(thread)));
  }

  private static double copies(MemorySegment both) {
    long half = CACHED_BYTES / 2;
    for (int i = 0; i < COPIES; i++) {
      MemorySegment.copy(both, 0, both, half, half);
    }
    return (double) COPIES * CACHED_BYTES;
  }

  /** {@return bytes read and written by a copy of what no cache holds any more} */
  public Done memory() {
    long chunk = chunk();
    long start = next;
    next = (next + threads * chunk) % source.byteSize();
    return together(thread -> {
      long from = (start + thread * chunk) % source.byteSize();
      MemorySegment.copy(source, from, target, from, chunk);
      return 2.0 * chunk;
    });
  }

  /** What a thread copies; fits into the memory a whole number of times. */
  private long chunk() {
    return Math.min(CHUNK_BYTES, Long.highestOneBit(source.byteSize() / threads));
  }

  /** {@return calls through an interface that do nothing, by one thread} */
  public Done calls() {
    long start = System.nanoTime();
    double amount = 0;
    for (int i = 0; i < CALL_LOOPS; i++) {
      amount += calls.run();
    }
    return new Done(amount, seconds(start, System.nanoTime()));
  }

  /** Runs a part in each thread; none begins before all are ready. */
  private Done together(Part part) {
    AtomicInteger missing = new AtomicInteger(threads);
    List<Future<Timed>> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int thread = i;
      started.add(
          pool.submit(() -> {
            missing.decrementAndGet();
            while (missing.get() > 0) {
              Thread.onSpinWait();
            }
            long start = System.nanoTime();
            double amount = part.run(thread);
            return new Timed(amount, start, System.nanoTime());
          }));
    }
    List<Timed> parts = started.stream().map(LimitsWork::get).toList();
    // The differences are compared: the clock may start anywhere.
    long origin = parts.getFirst().start();
    long first = parts.stream().mapToLong(timed -> timed.start() - origin).min().orElseThrow();
    long last = parts.stream().mapToLong(timed -> timed.end() - origin).max().orElseThrow();
    return new Done(parts.stream().mapToDouble(Timed::amount).sum(), seconds(first, last));
  }

  private record Timed(double amount, long start, long end) {}

  private static Timed get(Future<Timed> part) {
    try {
      return part.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("limits: a thread failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("limits: interrupted while threads were at work", e);
    }
  }

  private static double seconds(long start, long end) {
    return (end - start) * 1e-9;
  }

  /** Memory of ones: written to, so that each page is there. */
  private MemorySegment allocate(long bytes) {
    return arena.allocate(bytes, ALIGNMENT).fill((byte) 1);
  }

  private void check() {
    flops32();
    flops64();
    arithmetic.forEach(MultiplyAdds::check);
    target.fill((byte) 0);
    for (long copied = 0; copied < source.byteSize(); copied += threads * chunk()) {
      memory();
    }
    long difference = source.mismatch(target);
    for (MemorySegment both : cached) {
      both.asSlice(CACHED_BYTES / 2).fill((byte) 0);
    }
    cached();
    for (MemorySegment both : cached) {
      MemorySegment copy = both.asSlice(CACHED_BYTES / 2);
      difference = Math.max(difference, both.asSlice(0, CACHED_BYTES / 2).mismatch(copy));
    }
    if (difference >= 0) {
      throw new IllegalStateException("limits: a copy differs at byte " + difference);
    }
  }

  /** Ends the threads and frees the memory. */
  @Override
  public void close() {
    pool.close();
    arena.close();
  }
}
