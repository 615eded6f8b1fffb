package org.cotangent.testing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;

/** Host memory that the garbage collector frees; fresh regions hold what looks like no number. */
final class HostMemory implements RawMemory {
  /** In every byte: as a float or an int neither zero nor anything small. */
  static final byte GARBAGE = (byte) 0xA5;

  private record HostRegion(MemorySegment segment) implements Region {
    @Override
    public long bytes() {
      return segment.byteSize();
    }
  }

  private final HostRegion empty = new HostRegion(MemorySegment.NULL);

  static MemorySegment segment(Region region) {
    return ((HostRegion) region).segment();
  }

  @Override
  public Region allocate(long bytes) {
    return new HostRegion(Arena.ofAuto().allocate(bytes, 64).fill(GARBAGE));
  }

  @Override
  public Region empty() {
    return empty;
  }

  @Override
  public void free(Region region) {}

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    MemorySegment.copy(source, 0, segment(region), offset, source.byteSize());
  }

  @Override
  public void read(Region region, long offset, MemorySegment target) {
    MemorySegment.copy(segment(region), offset, target, 0, target.byteSize());
  }

  @Override
  public long alignment() {
    return 64;
  }

  @Override
  public void close() {}
}
