package org.cotangent.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Block;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Program;
import org.cotangent.backend.Spares;
import org.cotangent.backend.Storage;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.event.Span;
import org.cotangent.event.Spans;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A program on a device, with its constants in device memory. Immutable, and run by many threads at
 * once: each run has an arena of its own, from the device's cache.
 */
public final class Executable implements AutoCloseable {
  private final CachingAllocator allocator;
  private final Program program;
  private final LoadedProgram loaded;
  private final List<@Nullable Block> constants = new ArrayList<>();
  private final List<TensorType> resultTypes;
  private final List<Layout> resultLayouts;
  private final boolean hasArena;

  private final Spares<Replay> replays = new Spares<>();

  /** Runs in progress and callers that are about to run it, plus one until it is closed. */
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicBoolean closed = new AtomicBoolean();

  /** A device keeps something of a program too; where it has no room, caches make some. */
  private static LoadedProgram load(Backend backend, CachingAllocator allocator, Program program) {
    try {
      return backend.load(program);
    } catch (DeviceMemoryException full) {
      if (allocator.trim() == 0) {
        throw full;
      }
      return backend.load(program);
    }
  }

  /**
   * Loads a program.
   *
   * @param backend that runs it
   * @param allocator of the backend's memory
   * @param program what to run
   */
  public Executable(Backend backend, CachingAllocator allocator, Program program) {
    this.allocator = allocator;
    this.program = program;
    this.resultTypes = program.source().resultTypes();
    this.resultLayouts = resultTypes.stream().map(type -> Layout.contiguous(type.shape())).toList();
    this.hasArena =
        program.buffers().stream().anyMatch(b -> b.storage() instanceof Storage.Scratch);
    this.loaded = load(backend, allocator, program);
    try {
      for (Buffer buffer : program.buffers()) {
        if (buffer.storage() instanceof Storage.Constant(var data)) {
          Block block =
              allocator.allocate(buffer.bytes(), "constant of " + program.source().name());
          constants.add(block);
          backend.memory().write(block.region(), block.offset(), data.data());
        } else {
          constants.add(null);
        }
      }
    } catch (RuntimeException | Error failure) {
      releaseConstants();
      loaded.close();
      throw failure;
    }
  }

  /** {@return what runs} */
  public Program program() {
    return program;
  }

  /** {@return what a run needs} */
  public MemoryPlan plan() {
    return program.plan();
  }

  /** {@return what the runs so far spent on each kernel; empty unless opened with profiling} */
  public List<KernelTime> times() {
    return loaded.times();
  }

  /** {@return the types of the results} */
  public List<TensorType> resultTypes() {
    return resultTypes;
  }

  /** {@return how each result lies in its memory} */
  public List<Layout> resultLayouts() {
    return resultLayouts;
  }

  /** {@return a run that begins now, for who records runs; null if nobody does} */
  public @Nullable Span span() {
    return Spans.run(program.source().name(), program.kernels().size(), program.plan().scratch());
  }

  /** {@return a run to come, which holds the program until it is closed} */
  public Replay replay() {
    retain();
    Replay spare = replays.take();
    return spare == null ? new Replay(this) : spare;
  }

  void end(Replay replay) {
    replays.give(replay);
    release();
  }

  Block allocate(long bytes, Object label) {
    return allocator.allocate(bytes, label);
  }

  /** {@return memory for what lies between the kernels, or null if nothing does} */
  @Nullable Block arena() {
    return hasArena ? allocator.allocate(program.plan().scratch(), "arena of a run") : null;
  }

  /** {@return the memory of a buffer that is a constant, and null for others} */
  @Nullable Block constant(int buffer) {
    return constants.get(buffer);
  }

  void run(List<Slice> buffers) {
    loaded.run(buffers);
  }

  /**
   * Keeps the program from being freed until {@link #release}, so that a cache may close it between
   * the moment it is found there and the run.
   *
   * @return this program
   * @throws ClosedException if it was closed and nobody holds it
   */
  public Executable retain() {
    // From 0 there is no way back.
    if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
      throw new ClosedException(
          "run: " + program.source().name() + " was closed; compile it again");
    }
    return this;
  }

  /** Ends what {@link #retain} began. */
  public void release() {
    if (users.decrementAndGet() == 0) {
      releaseConstants();
      loaded.close();
    }
  }

  private void releaseConstants() {
    for (Block constant : constants) {
      if (constant != null) {
        constant.release();
      }
    }
  }

  /** Frees what the program holds, once nobody holds it. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }
}
