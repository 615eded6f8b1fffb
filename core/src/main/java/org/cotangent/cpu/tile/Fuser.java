package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link FusedLoop fused loops} of codes that are run often, on a thread of its own that ends
 * when there is nothing to do.
 *
 * <p>A fresh loop is slow until C2 has compiled it, and now and then HotSpot never compiles it
 * well. So a loop is run on memory that nobody looks at until it has been seen to be faster than
 * the tiles, and only then takes their place; one that is not in time is dropped. Both have the
 * same bits.
 */
public final class Fuser implements AutoCloseable {
  /** For one loop: many times what C2 takes. */
  private static final long BUDGET_NANOS = 3_000_000_000L;

  /** Runs between two looks at the time, on so few elements that interpreting them is bearable. */
  private static final int RUNS = 200;

  private static final int FEW = 64;

  /** Of which the shortest counts. */
  private static final int TRIALS = 5;

  /** What a loop must save, so that noise alone does not choose it. */
  private static final double WORTH = 0.85;

  private final Queue<TileCode> waiting = new ArrayDeque<>();
  private @Nullable Thread thread;
  private volatile boolean closed;

  /** Starts no thread yet. */
  public Fuser() {}

  /** {@return the fused loop of a body, where there are vectors and it can be written} */
  static Optional<FusedLoop> loop(Body body) {
    return TileOps.vector().isPresent()
        ? FusedWriter.write(body, VectorTileOps.INSTANCE.shape())
        : Optional.empty();
  }

  /**
   * Has a code fused, some time.
   *
   * @param code that is run often
   */
  synchronized void request(TileCode code) {
    if (closed) {
      return;
    }
    waiting.add(code);
    if (thread == null) {
      thread = Thread.ofPlatform().name("cotangent-fuser").daemon().start(this::work);
    }
  }

  /** {@return the next, or null if there is none and the thread ends} */
  private synchronized @Nullable TileCode next() {
    TileCode code = closed ? null : waiting.poll();
    if (code == null) {
      thread = null;
    }
    return code;
  }

  private void work() {
    for (TileCode code = next(); code != null; code = next()) {
      Optional<FusedLoop> loop = loop(code.body());
      if (loop.isPresent() && isFaster(loop.get(), code)) {
        code.use(loop.get());
      }
    }
  }

  private boolean isFaster(FusedLoop loop, TileCode code) {
    Body body = code.body();
    int entries = body.inputs().size() + body.results().size();
    // Of the kind of memory that kernels run on: HotSpot looks at its class.
    try (TileScratch memory = new TileScratch();
        TileScratch registers = new TileScratch()) {
      long bytes = (long) DType.FLOAT64.bytes() * TileCode.TILE;
      MemorySegment[] segments = new MemorySegment[entries];
      Arrays.fill(segments, memory.atLeast(bytes * entries));
      long[] offsets = new long[entries];
      Arrays.setAll(offsets, entry -> bytes * entry);
      long tiles = shortest(() -> code.tiles(segments, offsets, registers, 0, TileCode.TILE));
      long end = System.nanoTime() + BUDGET_NANOS;
      while (!closed && System.nanoTime() < end) {
        for (int run = 0; run < RUNS; run++) {
          loop.run(segments, offsets, FEW);
        }
        if (shortest(() -> loop.run(segments, offsets, TileCode.TILE)) < WORTH * tiles) {
          return true;
        }
      }
      return false;
    }
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
    Thread working;
    synchronized (this) {
      closed = true;
      waiting.clear();
      working = thread;
    }
    boolean interrupted = false;
    while (working != null && working.isAlive()) {
      try {
        working.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
