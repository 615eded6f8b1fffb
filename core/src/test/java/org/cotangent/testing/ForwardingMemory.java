package org.cotangent.testing;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.jspecify.annotations.Nullable;

/** Another memory, call by call: a test overrides the one call that it watches or makes fail. */
public class ForwardingMemory implements RawMemory {
  private final RawMemory memory;

  /**
   * Wraps a memory.
   *
   * @param memory that does the work
   */
  public ForwardingMemory(RawMemory memory) {
    this.memory = memory;
  }

  @Override
  public @Nullable Region allocate(long bytes) {
    return memory.allocate(bytes);
  }

  @Override
  public Region empty() {
    return memory.empty();
  }

  @Override
  public void free(Region region) {
    memory.free(region);
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    memory.write(region, offset, source);
  }

  @Override
  public void fill(Region region, long offset, long bytes, Consumer<MemorySegment> filler) {
    memory.fill(region, offset, bytes, filler);
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    memory.read(region, offset, target);
  }

  @Override
  public long alignment() {
    return memory.alignment();
  }

  @Override
  public long largest() {
    return memory.largest();
  }

  @Override
  public void close() {
    memory.close();
  }
}
