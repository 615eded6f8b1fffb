package org.cotangent.backend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Any memory, with a record of what was taken from it: the truth that statistics must match. */
@NullMarked
final class RecordingMemory implements RawMemory {
  private final RawMemory memory;
  private final List<Region> regions = new ArrayList<>();
  private long used;
  private long peak;
  private long taken;

  RecordingMemory(RawMemory memory) {
    this.memory = memory;
  }

  synchronized List<Region> regions() {
    return List.copyOf(regions);
  }

  synchronized long used() {
    return used;
  }

  synchronized long peak() {
    return peak;
  }

  synchronized void resetPeak() {
    peak = used;
  }

  synchronized long taken() {
    return taken;
  }

  @Override
  public @Nullable Region allocate(long bytes) {
    Region region = memory.allocate(bytes);
    if (region != null) {
      synchronized (this) {
        regions.add(region);
        used += bytes;
        peak = Math.max(peak, used);
        taken++;
      }
    }
    return region;
  }

  @Override
  public Region empty() {
    return memory.empty();
  }

  @Override
  public void free(Region region) {
    memory.free(region);
    synchronized (this) {
      regions.remove(region);
      used -= region.bytes();
    }
  }

  @Override
  public void write(Region region, long offset, MemorySegment source) {
    memory.write(region, offset, source);
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
  public void close() {
    memory.close();
  }
}
