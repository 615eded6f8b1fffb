package org.cotangent.cpu.tier;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives faster forms to what runs often, on a thread of its own that ends when there is nothing to
 * do.
 *
 * <p>Code on the Vector API is a thousand times slower than plain code until C2 has compiled it,
 * since it makes an object of each vector, and now and then HotSpot never compiles it well. So
 * everything starts plain. A form with vectors runs on memory that nobody looks at until it has
 * been seen to be faster, and only then takes the place of the plain one; one that is compiled and
 * no faster, or not in time, is dropped.
 *
 * <p>The trials share the thread look by look. It is always the turn of the candidate that has
 * asked most since its last turn: so what a program no longer runs, such as the random numbers it
 * began with, takes no time from what it runs.
 */
public final class TierUp implements AutoCloseable {

  /** Time of looks at one candidate: many times what they take on a machine at rest. */
  private static final long BUDGET_NANOS = 10_000_000_000L;

  /** Runs between two looks at the time. */
  private static final int RUNS = 50;

  /** Runs after which C2 knows of a form; from then on it is left in peace for a while. */
  private static final int ENOUGH = 1500;

  private static final long PEACE_NANOS = 5_000_000;

  /** After so long without a request of its own a candidate is forgotten, until it asks again. */
  private static final long FORGET_NANOS = 10_000_000_000L;

  /** After so long without a request the thread ends. */
  private static final long IDLE_NANOS = 200_000_000;

  /** Runs of which the shortest counts. */
  private static final int TIMES = 5;

  /** What it must save, so that noise alone does not choose it. */
  private static final double WORTH = 0.85;

  /** Before C2 has compiled it, a form takes more than so many times as long as the present one. */
  private static final double COMPILED = 2;

  /** Looks at a compiled form after which it is not expected to become faster. */
  private static final int LOOKS = 2000;

  private final long budgetNanos;
  private final long forgetNanos;
  private final Map<Candidate, Turns> turns = new HashMap<>();
  private @Nullable Thread thread;
  private boolean working;
  private volatile boolean closed;

  /** Starts no thread yet. */
  public TierUp() {
    this(BUDGET_NANOS, FORGET_NANOS);
  }

  /** With other times for each candidate. */
  TierUp(long budgetNanos, long forgetNanos) {
    this.budgetNanos = budgetNanos;
    this.forgetNanos = forgetNanos;
  }

  /** A candidate's. Requests are guarded by the outer object, the rest is the thread's. */
  private static final class Turns {
    private final Candidate candidate;
    private int requests;
    private long asked;
    private @Nullable Trial trial;
    private int runs;
    private int looks;
    private long nanos;
    private long notBefore = System.nanoTime();

    Turns(Candidate candidate) {
      this.candidate = candidate;
    }

    int requests() {
      return requests;
    }

    /** {@return the trial, or null if there is no faster form} */
    @Nullable Trial trial() {
      if (trial == null) {
        Optional<Trial> fresh = candidate.trial();
        trial = fresh.orElse(null);
      }
      return trial;
    }

    void closeTrial() {
      Trial open = trial;
      trial = null;
      if (open != null) {
        open.close();
      }
    }
  }

  /**
   * Has something get a faster form, some time. To be called again and again, for about as much
   * work each, until that form is used, or the candidate was told that it {@link Candidate#stays}.
   *
   * @param candidate that is run often
   */
  public synchronized void request(Candidate candidate) {
    if (closed) {
      return;
    }
    Turns own = turns.computeIfAbsent(candidate, Turns::new);
    own.requests++;
    own.asked = System.nanoTime();
    if (working) {
      notifyAll();
    } else {
      working = true;
      thread = Thread.ofPlatform().name("cotangent-tier-up").daemon().start(this::work);
    }
  }

  private void work() {
    for (Turns next = next(); next != null; next = next()) {
      boolean over;
      try {
        over = look(next);
      } catch (RuntimeException | LinkageError e) {
        // The present form goes on as before; that it is seen matters more than that it is fast.
        System.getLogger(TierUp.class.getPackageName())
            .log(
                System.Logger.Level.WARNING,
                "cpu: a faster form failed; the present one runs on",
                e);
        over = true;
      }
      if (over) {
        next.closeTrial();
        remove(next.candidate);
      }
    }
  }

  private synchronized void remove(Candidate candidate) {
    turns.remove(candidate);
  }

  /** {@return whose turn it is, or null if the thread ends} */
  private synchronized @Nullable Turns next() {
    long idleSince = System.nanoTime();
    while (!closed) {
      long now = System.nanoTime();
      turns.values().removeIf(each -> isForgotten(each, now));
      Optional<Turns> most =
          turns.values().stream()
              .filter(each -> each.requests > 0)
              .max(
                  Comparator.comparing((Turns each) -> each.notBefore - now <= 0)
                      .thenComparingInt(Turns::requests));
      if (most.isPresent() && most.get().notBefore - now <= 0) {
        most.get().requests = 0;
        return most.get();
      }
      if (most.isEmpty() && now - idleSince > IDLE_NANOS) {
        break;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, most.isEmpty() ? IDLE_NANOS : PEACE_NANOS);
      } catch (InterruptedException e) {
        break; // nobody does that; but then the thread shall end
      }
    }
    turns.values().forEach(Turns::closeTrial);
    turns.clear();
    working = false;
    return null;
  }

  private boolean isForgotten(Turns own, long now) {
    boolean forgotten = own.requests == 0 && now - own.asked > forgetNanos;
    if (forgotten) {
      own.closeTrial();
    }
    return forgotten;
  }

  /** {@return whether the candidate is decided on} */
  private boolean look(Turns turns) {
    Trial trial = turns.trial();
    if (trial == null) {
      turns.candidate.stays();
      return true;
    }
    long start = System.nanoTime();
    // Both, so that it is not compared to code that is itself interpreted.
    run(trial::present, trial.few());
    run(trial::faster, trial.few());
    turns.runs += RUNS;
    long present = shortest(trial::present, Trial.MOST);
    int probe = trial.probe();
    if (shortest(trial::faster, probe) < COMPILED * probe / Trial.MOST * present) {
      if (shortest(trial::faster, Trial.MOST) < WORTH * present) {
        trial.use();
        return true;
      }
      turns.looks++;
    }
    long end = System.nanoTime();
    turns.nanos += end - start;
    if (turns.looks == 0 && turns.runs >= ENOUGH) {
      turns.notBefore = end + Math.max(PEACE_NANOS, 2 * (end - start));
    }
    if (turns.looks >= LOOKS || turns.nanos >= budgetNanos) {
      turns.candidate.stays();
      return true;
    }
    return false;
  }

  private void run(IntConsumer form, int elements) {
    for (int run = 0; run < RUNS && !closed; run++) {
      form.accept(elements);
    }
  }

  private static long shortest(IntConsumer form, int elements) {
    long shortest = Long.MAX_VALUE;
    for (int time = 0; time < TIMES; time++) {
      long start = System.nanoTime();
      form.accept(elements);
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }

  /** Ends the thread, whatever it is at; returns when it is over. */
  @Override
  public void close() {
    Thread last;
    synchronized (this) {
      closed = true;
      notifyAll();
      last = thread;
    }
    boolean interrupted = false;
    while (last != null && last.isAlive()) {
      try {
        last.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
