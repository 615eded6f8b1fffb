package org.cotangent.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Block;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceMemoryException;
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
  private final boolean hasArena;

  /**
   * Memory of an argument.
   *
   * @param block that holds it
   * @param offset where it starts, in bytes: position 0 of the layout the program was compiled for
   */
  public record Argument(Block block, long offset) {}

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

  /**
   * {@return the memory of the results, one reference each} A result that takes over a donated
   * argument has a reference of its own to the argument's memory. If the run fails, everything it
   * took is given back.
   *
   * @param inputs memory of the arguments; the run holds references of its own while it lasts
   * @param label what the memory of a result is for
   * @param begin called when all memory is there, right before the first kernel: from then on
   *     donated arguments may be overwritten
   */
  public List<Block> run(List<Argument> inputs, IntFunction<Object> label, Runnable begin) {
    retain();
    List<Block> held = new ArrayList<>(inputs.size() + 1);
    List<Block> results = new ArrayList<>(resultTypes.size());
    try {
      for (Argument input : inputs) {
        held.add(input.block().retain());
      }
      MemoryPlan plan = program.plan();
      for (int i = 0; i < resultTypes.size(); i++) {
        int donor = plan.donors().get(i);
        results.add(
            donor >= 0
                ? inputs.get(donor).block().retain()
                : allocator.allocate(resultTypes.get(i).bytes(), label.apply(i)));
      }
      Block arena = null;
      if (hasArena) {
        arena = allocator.allocate(plan.scratch(), "arena of a run");
        held.add(arena);
      }
      List<Slice> slices = new ArrayList<>(program.buffers().size());
      for (int b = 0; b < program.buffers().size(); b++) {
        slices.add(
            switch (program.buffers().get(b).storage()) {
              case Storage.Input(int index) ->
                  slice(inputs.get(index).block(), inputs.get(index).offset());
              case Storage.Output(int index) -> slice(results.get(index), 0);
              case Storage.Scratch(long offset) -> slice(Objects.requireNonNull(arena), offset);
              case Storage.Constant constant -> slice(Objects.requireNonNull(constants.get(b)), 0);
            });
      }
      begin.run();
      loaded.run(slices);
      return results;
    } catch (RuntimeException | Error failure) {
      results.forEach(Block::release);
      throw failure;
    } finally {
      held.forEach(Block::release);
      release();
    }
  }

  private static Slice slice(Block block, long offset) {
    return new Slice(block.region(), block.offset() + offset);
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
