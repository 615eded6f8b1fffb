package org.cotangent.compile;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.cotangent.backend.Block;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.backend.Region;
import org.cotangent.backend.Storage;
import org.jspecify.annotations.Nullable;

/**
 * One run of a program, from its arguments to its results: the memory it holds, and where its
 * buffers lie. A program keeps it for later runs, which then make next to no objects. Used by one
 * thread at a time, from {@link Executable#replay} to {@link #close}.
 *
 * <p>First each argument is given by {@link #input}; then {@link #run} runs; then the results that
 * somebody wants are taken by {@link #result}. Whatever happens, {@link #close} gives back
 * everything that was not taken.
 */
public final class Replay implements AutoCloseable {
  /** Where a buffer lies before its first run. */
  private static final Slice NOWHERE = new Slice(() -> 0, 0);

  private final Executable executable;
  private final @Nullable Block[] inputs;
  private final long[] offsets;
  private final @Nullable Block[] results;
  private @Nullable Block arena;

  /** Where each buffer lies; what has not moved since the run before is the same object. */
  private final Slice[] slices;

  private final List<Slice> buffers;

  /** Whether any of it lies in somebody else's memory. */
  private boolean isForeign;

  Replay(Executable executable) {
    this.executable = executable;
    inputs = new @Nullable Block[executable.program().source().parameters().size()];
    offsets = new long[inputs.length];
    results = new @Nullable Block[executable.resultTypes().size()];
    slices = new Slice[executable.program().buffers().size()];
    Arrays.fill(slices, NOWHERE);
    buffers = Arrays.asList(slices);
  }

  /**
   * Gives an argument.
   *
   * @param index which
   * @param block that holds it; the replay takes over one reference
   * @param offset where it starts, in bytes: position 0 of the layout the program was compiled for
   */
  public void input(int index, Block block, long offset) {
    inputs[index] = block;
    offsets[index] = offset;
  }

  /**
   * Has a result be written to memory that is there already.
   *
   * @param index which; none that takes over a donated argument
   * @param block of its size, that nobody else uses; the replay takes over one reference
   */
  public void into(int index, Block block) {
    results[index] = block;
  }

  /**
   * Runs. A result that takes over a donated argument gets a reference of its own to the argument's
   * memory.
   *
   * @param made what the memory of each result is for
   * @param begin called when all memory is there, right before the first kernel: from then on
   *     donated arguments may be overwritten
   */
  public void run(List<?> made, Runnable begin) {
    for (int i = 0; i < results.length; i++) {
      if (results[i] == null) {
        int donor = executable.plan().donors().get(i);
        results[i] =
            donor >= 0
                ? Objects.requireNonNull(inputs[donor]).retain()
                : executable.allocate(executable.resultTypes().get(i).bytes(), made.get(i));
      }
    }
    arena = executable.arena();
    for (int b = 0; b < slices.length; b++) {
      place(b, executable.program().buffers().get(b));
    }
    begin.run();
    executable.run(buffers);
  }

  private void place(int b, Buffer buffer) {
    switch (buffer.storage()) {
      case Storage.Input(int index) -> place(b, inputs[index], offsets[index]);
      case Storage.Output(int index) -> place(b, results[index], 0);
      case Storage.Scratch(long offset) -> place(b, arena, offset);
      case Storage.Constant _ -> place(b, executable.constant(b), 0);
    }
  }

  private void place(int b, @Nullable Block block, long offset) {
    Region region = Objects.requireNonNull(block).region();
    isForeign |= block.isReadOnly();
    long start = block.offset() + offset;
    if (!slices[b].region().equals(region) || slices[b].offset() != start) {
      slices[b] = new Slice(region, start);
    }
  }

  /**
   * {@return the memory of a result, whose reference passes to the caller}
   *
   * @param index which; each once, after the run
   */
  public Block result(int index) {
    Block result = Objects.requireNonNull(results[index]);
    results[index] = null;
    return result;
  }

  /** Gives back what the run held, and lets the program use this again. */
  @Override
  public void close() {
    if (isForeign) {
      // Somebody else's memory lives as long as it can be reached.
      Arrays.fill(slices, NOWHERE);
      isForeign = false;
    }
    release(inputs);
    release(results);
    Block scratch = arena;
    arena = null;
    if (scratch != null) {
      scratch.release();
    }
    executable.end(this);
  }

  private static void release(@Nullable Block[] blocks) {
    for (int i = 0; i < blocks.length; i++) {
      Block block = blocks[i];
      blocks[i] = null;
      if (block != null) {
        block.release();
      }
    }
  }
}
