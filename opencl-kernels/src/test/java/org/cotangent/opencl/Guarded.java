package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.backend.Storage;
import org.cotangent.graph.Op;
import org.cotangent.type.TensorType;

/**
 * Another backend, with each buffer of each run in memory of its own between sentinels: a kernel
 * that writes outside its buffers, or into its inputs, is an {@link AssertionError}.
 */
final class Guarded implements Backend {
  private static final long GUARD = 256;
  private static final byte SENTINEL = 0x5A;

  private final Backend backend;

  Guarded(Backend backend) {
    this.backend = backend;
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public RawMemory memory() {
    return backend.memory();
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return backend.claims(op, inputs);
  }

  @Override
  public FusionLimits limits() {
    return backend.limits();
  }

  @Override
  public long workspace(Kernel kernel) {
    return backend.workspace(kernel);
  }

  @Override
  public LoadedProgram load(Program program) {
    LoadedProgram loaded = backend.load(program);
    return new LoadedProgram() {
      @Override
      public void run(List<Slice> buffers) {
        guarded(program, loaded, buffers);
      }

      @Override
      public void close() {
        loaded.close();
      }
    };
  }

  private void guarded(Program program, LoadedProgram loaded, List<LoadedProgram.Slice> buffers) {
    List<Long> starts = new ArrayList<>();
    long bytes = GUARD;
    for (Buffer buffer : program.buffers()) {
      starts.add(bytes);
      bytes += Math.ceilDiv(buffer.bytes(), 128L) * 128 + GUARD;
    }
    // The allocator calls its memory from one thread at a time, and so must this.
    Region region;
    synchronized (this) {
      region = Objects.requireNonNull(memory().allocate(bytes), "no memory");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment image = arena.allocate(bytes).fill(SENTINEL);
      for (int b = 0; b < buffers.size(); b++) {
        Storage storage = program.buffers().get(b).storage();
        if (storage instanceof Storage.Input || storage instanceof Storage.Constant) {
          read(buffers.get(b), image.asSlice(starts.get(b), program.buffers().get(b).bytes()));
        }
      }
      MemorySegment before = arena.allocate(bytes).copyFrom(image);
      memory().write(region, 0, image);
      loaded.run(starts.stream().map(start -> new LoadedProgram.Slice(region, start)).toList());
      memory().read(region, 0, image);
      for (int b = 0; b < buffers.size(); b++) {
        Buffer buffer = program.buffers().get(b);
        switch (buffer.storage()) {
          case Storage.Output _ -> {
            MemorySegment result = image.asSlice(starts.get(b), buffer.bytes());
            memory().write(buffers.get(b).region(), buffers.get(b).offset(), result);
            before.asSlice(starts.get(b), buffer.bytes()).copyFrom(result);
          }
          case Storage.Scratch _ ->
              before
                  .asSlice(starts.get(b), buffer.bytes())
                  .copyFrom(image.asSlice(starts.get(b), buffer.bytes()));
          case Storage.Input _, Storage.Constant _ -> {}
        }
      }
      long stray = before.mismatch(image);
      if (stray >= 0) {
        throw new AssertionError(
            "byte %d of %d is %d, and was %d: a kernel wrote outside its results; %s in %s"
                .formatted(
                    stray,
                    bytes,
                    image.get(ValueLayout.JAVA_BYTE, stray),
                    before.get(ValueLayout.JAVA_BYTE, stray),
                    starts,
                    program));
      }
    } finally {
      synchronized (this) {
        memory().free(region);
      }
    }
  }

  private void read(LoadedProgram.Slice slice, MemorySegment target) {
    memory().read(slice.region(), slice.offset(), target);
  }

  @Override
  public void close() {
    backend.close();
  }
}
