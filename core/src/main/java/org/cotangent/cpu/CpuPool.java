package org.cotangent.cpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.cotangent.error.ClosedException;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a CPU backend. A job is a number of pieces; whoever asks for it works on it, and
 * idle workers help.
 *
 * <p>Each thread has a share of every job, if there are enough pieces: the caller the first ones.
 * So what a kernel leaves in the caches of a core is what the next kernel reads there; to fetch it
 * from another core's takes as long as from memory. Only who is done with its own share helps with
 * those of others.
 *
 * <p>Rules.
 *
 * <ul>
 *   <li>Workers start with the first job that can use them, are daemons, and end in {@link #close}.
 *   <li>A caller always works on its own job, so many callers never wait for each other; workers go
 *       round among the open jobs, a piece of each at a time.
 *   <li>Once a piece has failed no more are handed out. {@link #parallel} returns or throws only
 *       when no piece is running any more, so that memory may be freed after it.
 *   <li>{@code lock} guards everything but the claiming of pieces; no piece runs under it.
 * </ul>
 */
final class CpuPool implements AutoCloseable {
  /** States kept for callers to come; more are only there while more callers run at once. */
  private static final int MOST_IDLE = 64;

  /** Looks at a counter before a thread goes to sleep: waking it takes about as long as these. */
  private static final int SPINS = 500;

  private final int threads;
  private final String name;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final List<Thread> workers = new ArrayList<>();
  private final ArrayDeque<WorkerState> idle = new ArrayDeque<>();

  /** Jobs with pieces to claim, in the order in which workers visit them. */
  private final ArrayDeque<Job> open = new ArrayDeque<>();

  /** Its size, to be read without the lock. */
  private volatile int openJobs;

  private boolean closed;

  /**
   * Makes a pool; no thread starts yet.
   *
   * @param threads how many work on a job at most, the caller among them
   * @param name prefix of the workers' names
   */
  CpuPool(int threads, String name) {
    this.threads = threads;
    this.name = name;
  }

  /** What is done for each piece. */
  @FunctionalInterface
  interface PieceTask {
    /**
     * Does one piece.
     *
     * @param piece which, from 0 on
     * @param state of the thread it runs on
     */
    void run(int piece, WorkerState state);
  }

  /** {@return how many threads work on a job at most} */
  int threads() {
    return threads;
  }

  /**
   * {@return a state for a caller to work with; it gives it back by {@link #giveBack}}
   *
   * @throws ClosedException after {@link #close}
   */
  WorkerState borrow() {
    acquire();
    try {
      requireOpen();
      WorkerState state = idle.poll();
      return state == null ? new WorkerState() : state;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a state back.
   *
   * @param state from {@link #borrow}
   */
  void giveBack(WorkerState state) {
    acquire();
    try {
      if (!closed && idle.size() < MOST_IDLE) {
        idle.push(state);
        return;
      }
    } finally {
      lock.unlock();
    }
    state.close();
  }

  /**
   * Does a job and returns when all pieces are done.
   *
   * @param pieces how many; one runs on the calling thread alone
   * @param state of the calling thread, from {@link #borrow}
   * @param task what to do
   * @throws RuntimeException or Error: the first that a piece threw; some pieces were left out then
   * @throws ClosedException after {@link #close}, if there is more than one piece and thread
   */
  void parallel(int pieces, WorkerState state, PieceTask task) {
    if (pieces <= 1 || threads == 1) {
      for (int piece = 0; piece < pieces; piece++) {
        task.run(piece, state);
      }
      return;
    }
    Job job = new Job(pieces, threads, task, lock.newCondition());
    open(job);
    while (job.claim(0, state)) {
      // Each claim does a piece.
    }
    leave(job);
    job.rethrow();
  }

  /** Takes the lock, which nobody has for long: to be put to sleep and woken takes longer. */
  private void acquire() {
    for (int i = 0; i < SPINS; i++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  private void open(Job job) {
    acquire();
    try {
      requireOpen();
      while (workers.size() < threads - 1) {
        int share = workers.size() + 1;
        Thread worker =
            Thread.ofPlatform()
                .name(name + "-" + share)
                .daemon()
                .inheritInheritableThreadLocals(false)
                .unstarted(() -> serve(share));
        worker.start();
        workers.add(worker);
      }
      open.add(job);
      openJobs = open.size();
      for (int i = Math.min(workers.size(), job.pieces - 1); i > 0; i--) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave(Job job) {
    for (int i = 0; i < SPINS && job.helpers.get() > 0; i++) {
      Thread.onSpinWait();
    }
    acquire();
    try {
      remove(job);
      while (job.helpers.get() > 0) {
        job.over.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What a worker does all its life. */
  private void serve(int share) {
    try (WorkerState state = new WorkerState()) {
      while (help(share, state)) {
        // Each time with a job.
      }
    }
  }

  /**
   * Helps with a job. A method of its own, so that no thread that waits keeps the memory of its
   * last job, which may be somebody else's, by a local variable.
   *
   * @return false if the pool has closed and all jobs are over
   */
  private boolean help(int share, WorkerState state) {
    Job job = next();
    if (job == null) {
      return false;
    }
    boolean more = job.claim(share, state);
    while (more && openJobs == 1) {
      more = job.claim(share, state);
    }
    part(job, more);
    return true;
  }

  /** {@return the job whose turn it is, or null if the pool has closed and all jobs are over} */
  private @Nullable Job next() {
    for (int i = 0; i < SPINS && openJobs == 0; i++) {
      Thread.onSpinWait();
    }
    acquire();
    try {
      while (open.isEmpty()) {
        if (closed) {
          return null;
        }
        work.awaitUninterruptibly();
      }
      Job job = open.remove();
      open.add(job);
      job.helpers.getAndIncrement();
      return job;
    } finally {
      lock.unlock();
    }
  }

  private void part(Job job, boolean more) {
    acquire();
    try {
      if (!more) {
        remove(job);
      }
      if (job.helpers.decrementAndGet() == 0) {
        job.over.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void remove(Job job) {
    open.remove(job);
    openJobs = open.size();
  }

  private void requireOpen() {
    if (closed) {
      throw new ClosedException("cpu: the device was closed; open it again");
    }
  }

  /**
   * Ends the workers, once the jobs in flight are over, and frees the states; one that is still
   * lent is freed when it comes back. A second call does nothing. Not to be called by a piece.
   */
  @Override
  public void close() {
    List<WorkerState> states;
    lock.lock();
    try {
      closed = true;
      work.signalAll();
      states = List.copyOf(idle);
      idle.clear();
    } finally {
      lock.unlock();
    }
    states.forEach(WorkerState::close);
    // No worker is added any more, so the list may be read without the lock.
    boolean interrupted = false;
    for (Thread worker : workers) {
      interrupted |= join(worker);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@return whether the wait was interrupted, which does not end it} */
  private static boolean join(Thread worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  /** Pieces to be done. */
  private static final class Job {
    /** Counters this far apart are on lines of their own, and so is the length of their array. */
    private static final int LINE = 16;

    private final int pieces;
    private final int shares;
    private final PieceTask task;

    /** Signalled when the last helper has left. */
    private final Condition over;

    /** Of each share, how many pieces were claimed; more than it has once it is exhausted. */
    private final AtomicIntegerArray claimed;

    private final AtomicInteger helpers = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int pieces, int shares, PieceTask task, Condition over) {
      this.pieces = pieces;
      this.shares = Math.min(shares, pieces);
      this.task = task;
      this.over = over;
      claimed = new AtomicIntegerArray(LINE * (this.shares + 1));
    }

    private static int place(int share) {
      return LINE * (share + 1);
    }

    /**
     * Does a piece.
     *
     * @param own share of this thread, which comes first
     * @return whether there was one
     */
    boolean claim(int own, WorkerState state) {
      for (int i = 0; i < shares; i++) {
        int share = (own + i) % shares;
        int first = (int) Pieces.start(pieces, shares, share);
        int count = (int) Pieces.start(pieces, shares, share + 1) - first;
        // Asked before it is counted, so that a counter never goes far above its share.
        if (claimed.get(place(share)) < count) {
          int piece = claimed.getAndIncrement(place(share));
          if (piece < count) {
            run(first + piece, state);
            return true;
          }
        }
      }
      return false;
    }

    private void run(int piece, WorkerState state) {
      try {
        task.run(piece, state);
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
        for (int share = 0; share < shares; share++) {
          claimed.set(place(share), pieces);
        }
      }
    }

    void rethrow() {
      switch (failure.get()) {
        case null -> {}
        case Error e -> throw e;
        case RuntimeException e -> throw e;
        case Throwable e -> throw new AssertionError("a piece throws nothing checked", e);
      }
    }
  }
}
