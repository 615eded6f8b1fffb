package org.cotangent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * Makes the next items of a sequence ahead of time, in a thread of its own and one after the other.
 *
 * <p>The thread is made by the first call and never waits for the consumer: what is ahead are tasks
 * of its queue, and when it had none for a second it ends, to be made again by the next call. So an
 * iteration that somebody broke off leaves nothing behind, with or without a word. It is a platform
 * thread, since it may wait for pages of a file, and a fault on one is reported to the thread that
 * looked.
 *
 * @param <T> the items
 */
final class Prefetcher<T> {
  private static final long IDLE_SECONDS = 1;

  private final LongFunction<T> source;
  private final long count;
  private final int depth;
  private final Deque<CompletableFuture<T>> ahead = new ArrayDeque<>();

  /** The number of the first item ahead. */
  private long first;

  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform()
              .daemon()
              .name("cotangent-batches")
              .inheritInheritableThreadLocals(false)
              .factory());

  /**
   * Makes nothing yet.
   *
   * @param source makes an item
   * @param count of the items
   * @param depth how many to be ahead
   */
  Prefetcher(LongFunction<T> source, long count, int depth) {
    this.source = source;
    this.count = count;
    this.depth = depth;
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * {@return an item, awaited if it is not there yet} An interrupt does not end the wait and stays
   * set. What the source threw is thrown here, and the next call begins anew with its item.
   *
   * @param item its number: from one call to the next the same or one more; the ones before it may
   *     be overwritten
   */
  T get(long item) {
    if (item > first) {
      ahead.removeFirst();
      first = item;
    }
    while (ahead.size() <= depth && first + ahead.size() < count) {
      long next = first + ahead.size();
      ahead.add(CompletableFuture.supplyAsync(() -> source.apply(next), thread));
    }
    try {
      return ahead.getFirst().join();
    } catch (CompletionException failure) {
      ahead.clear();
      throw unwrapped(failure);
    }
  }

  private static RuntimeException unwrapped(CompletionException failure) {
    return switch (failure.getCause()) {
      case Error error -> throw error;
      case RuntimeException exception -> exception;
      case null, default -> failure;
    };
  }

  /** Ends the thread once it has nothing to do. */
  void close() {
    thread.shutdown();
  }
}
