package org.cotangent.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.jspecify.annotations.Nullable;

/**
 * Copies between the host and a GPU, through pinned memory: while the GPU copies one piece the
 * calling thread copies the next. There is one lane for each direction, made when first needed; a
 * second copy in the same direction waits, because the bus is taken anyway.
 *
 * <p>Rules. A copy comes after all kernels launched before it: memory that is written may have been
 * another run's, which is still under way. It is over when the call returns, so what is launched
 * next need not wait for it, and the caller's memory cannot change under it.
 */
final class Transfers implements AutoCloseable {
  /** Two of these are pinned for each direction. */
  static final long PIECE = 4 << 20;

  private final CudaContext context;
  private final Object up = new Object();
  private final Object down = new Object();
  private @Nullable Lane upLane;
  private @Nullable Lane downLane;

  Transfers(CudaContext context) {
    this.context = context;
  }

  /** Copies all bytes of a segment to an address of the GPU. */
  void write(long target, MemorySegment source) {
    synchronized (up) {
      if (upLane == null) {
        upLane = new Lane();
      }
      upLane.write(target, source);
    }
  }

  /** Fills a segment from an address of the GPU. */
  void read(long source, MemorySegment target) {
    synchronized (down) {
      if (downLane == null) {
        downLane = new Lane();
      }
      downLane.read(source, target);
    }
  }

  @Override
  public void close() {
    synchronized (up) {
      if (upLane != null) {
        upLane.close();
      }
    }
    synchronized (down) {
      if (downLane != null) {
        downLane.close();
      }
    }
  }

  /** Pinned memory, and the moment when it is free again. */
  private record Piece(MemorySegment memory, Driver.Event over) {}

  /** A stream and two pieces, for one thread at a time. */
  private final class Lane implements AutoCloseable {
    /** Gives back what was made, the last first. */
    private final Deque<Runnable> releases = new ArrayDeque<>();

    private final Driver.Stream stream;
    private final Driver.Event kernels;
    private final Piece even;
    private final Piece odd;

    Lane() {
      Driver driver = context.entered();
      try {
        stream = driver.stream();
        releases.push(() -> driver.destroy(stream));
        kernels = event(driver);
        even = piece(driver);
        odd = piece(driver);
      } catch (DriverException e) {
        close();
        throw e;
      }
    }

    private Driver.Event event(Driver driver) {
      Driver.Event event = driver.event(false);
      releases.push(() -> driver.destroy(event));
      return event;
    }

    private Piece piece(Driver driver) {
      MemorySegment memory = driver.pin(PIECE);
      releases.push(() -> driver.unpin(memory));
      return new Piece(memory, event(driver));
    }

    void write(long target, MemorySegment source) {
      Driver driver = begun();
      long bytes = source.byteSize();
      try {
        for (long done = 0; done < bytes; done += PIECE) {
          Piece piece = piece(done);
          if (done >= 2 * PIECE) {
            driver.await(piece.over);
          }
          MemorySegment pinned = part(piece, bytes - done);
          MemorySegment.copy(source, done, pinned, 0, pinned.byteSize());
          driver.upload(target + done, pinned, stream);
          driver.record(piece.over, stream);
        }
      } finally {
        // Also after a failure: what is under way ends before the pieces are used again.
        driver.await(stream);
      }
    }

    void read(long source, MemorySegment target) {
      Driver driver = begun();
      long bytes = target.byteSize();
      try {
        fetch(driver, source, 0, bytes);
        for (long done = 0; done < bytes; done += PIECE) {
          fetch(driver, source, done + PIECE, bytes);
          Piece piece = piece(done);
          driver.await(piece.over);
          MemorySegment pinned = part(piece, bytes - done);
          MemorySegment.copy(pinned, 0, target, done, pinned.byteSize());
        }
      } finally {
        driver.await(stream);
      }
    }

    private void fetch(Driver driver, long source, long done, long bytes) {
      if (done < bytes) {
        Piece piece = piece(done);
        driver.download(part(piece, bytes - done), source + done, stream);
        driver.record(piece.over, stream);
      }
    }

    /** The driver, with the stream behind all kernels. */
    private Driver begun() {
      Driver driver = context.entered();
      driver.record(kernels, context.stream());
      driver.order(kernels, stream);
      return driver;
    }

    private Piece piece(long done) {
      return (done / PIECE & 1) == 0 ? even : odd;
    }

    private static MemorySegment part(Piece piece, long left) {
      return piece.memory.asSlice(0, Math.min(PIECE, left));
    }

    @Override
    public void close() {
      while (!releases.isEmpty()) {
        Runnable release = releases.pop();
        context.release(
            "lane's part",
            () -> {
              context.entered();
              release.run();
            });
      }
    }
  }
}
