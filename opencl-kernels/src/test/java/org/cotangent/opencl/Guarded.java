package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Region;
import org.cotangent.backend.Storage;
import org.cotangent.testing.ForwardingBackend;

/**
 * Another backend, with each buffer of each run in memory of its own between sentinels: a kernel
 * that writes outside its buffers, or into its inputs, is an {@link AssertionError}.
 */
final class Guarded extends ForwardingBackend {
  private static final long GUARD = 256;
  private static final byte SENTINEL = 0x5A;

  /** Buffers start here beyond an aligned address, as rows of 8 bytes do in a view. */
  private static final long SKEW = 8;

  Guarded(Backend backend) {
    super(backend);
  }

  @Override
  protected void run(Program program, LoadedProgram loaded, List<LoadedProgram.Slice> buffers) {
    List<Long> starts = new ArrayList<>();
    long bytes = 0;
    for (Buffer buffer : program.buffers()) {
      // A workspace lies in the arena, whose parts are aligned.
      long skew = buffer.storage() instanceof Storage.Scratch ? 0 : SKEW;
      starts.add(bytes + GUARD + skew);
      bytes += GUARD + Math.ceilDiv(buffer.bytes() + skew, GUARD) * GUARD;
    }
    bytes += GUARD;
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
}
