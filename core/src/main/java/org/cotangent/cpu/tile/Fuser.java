package org.cotangent.cpu.tile;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Fuses what is run often, on a thread of its own that ends when there is nothing to do.
 *
 * <p>A fresh class is slow until C2 has compiled it, and now and then HotSpot never compiles it
 * well. So it is run on memory that nobody looks at until it has been seen to be faster than the
 * tiles, and only then takes their place; one that is compiled and no faster, or not in time, is
 * dropped. Both have the same bits.
 */
public final class Fuser implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(Fuser.class.getPackageName());

  /** For one candidate: many times what C2 takes on a machine that does nothing else. */
  private static final long BUDGET_NANOS = 10_000_000_000L;

  /** Runs between two looks at the time, of so few elements that to interpret them is bearable. */
  private static final int RUNS = 200;

  private static final int FEW = 64;

  /** Of which the shortest counts. */
  private static final int TRIALS = 5;

  /** What it must save, so that noise alone does not choose it. */
  private static final double WORTH = 0.85;

  /** Before C2 has compiled it, a fused form takes more than so many times as long as the tiles. */
  private static final double COMPILED = 2;

  /** Looks at a compiled form after which it is not expected to become faster. */
  private static final int LOOKS = 2000;

  private final Queue<Candidate> waiting = new ArrayDeque<>();
  private @Nullable Thread thread;
  private boolean working;
  private volatile boolean closed;

  /** Starts no thread yet. */
  public Fuser() {}

  /** What may be fused. */
  interface Candidate {
    /** {@return the fused form beside the present one, or empty if there is none} */
    Optional<Trial> trial();
  }

  /**
   * Has something fused, some time.
   *
   * @param candidate that is run often
   */
  synchronized void request(Candidate candidate) {
    if (closed) {
      return;
    }
    waiting.add(candidate);
    if (!working) {
      working = true;
      thread = Thread.ofPlatform().name("cotangent-fuser").daemon().start(this::work);
    }
  }

  /** {@return the next, or null if there is none and the thread ends} */
  private synchronized @Nullable Candidate next() {
    Candidate candidate = closed ? null : waiting.poll();
    working = candidate != null;
    return candidate;
  }

  private void work() {
    for (Candidate candidate = next(); candidate != null; candidate = next()) {
      try {
        candidate.trial().ifPresent(this::decide);
      } catch (RuntimeException | LinkageError e) {
        // Tiles go on as before; that it is seen matters more than that it is fast.
        LOGGER.log(System.Logger.Level.WARNING, "fuse: a candidate failed; tiles run instead", e);
      }
    }
  }

  private void decide(Trial trial) {
    try (trial) {
      if (isFaster(trial)) {
        trial.use();
      }
    }
  }

  private boolean isFaster(Trial trial) {
    long tiles = shortest(() -> trial.tiles(TileCode.TILE));
    long end = System.nanoTime() + BUDGET_NANOS;
    for (int looks = 0; looks < LOOKS && !closed && System.nanoTime() < end; ) {
      for (int run = 0; run < RUNS && !closed; run++) {
        trial.fused(FEW);
      }
      long fused = shortest(() -> trial.fused(TileCode.TILE));
      if (fused < WORTH * tiles) {
        return true;
      }
      looks += fused < COMPILED * tiles ? 1 : 0;
    }
    return false;
  }

  private static long shortest(Runnable run) {
    long shortest = Long.MAX_VALUE;
    for (int trial = 0; trial < TRIALS; trial++) {
      long start = System.nanoTime();
      run.run();
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
      waiting.clear();
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
