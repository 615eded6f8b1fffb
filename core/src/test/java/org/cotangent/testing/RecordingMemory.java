package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.testing.ForwardingMemory;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Any memory, with a record of what was taken from it: the truth that statistics must match. */
@NullMarked
final class RecordingMemory extends ForwardingMemory {
  private final List<Region> regions = new ArrayList<>();
  private long used;
  private long peak;
  private long taken;

  RecordingMemory(RawMemory memory) {
    super(memory);
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
    Region region = super.allocate(bytes);
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
  public void free(Region region) {
    super.free(region);
    synchronized (this) {
      regions.remove(region);
      used -= region.bytes();
    }
  }
}
