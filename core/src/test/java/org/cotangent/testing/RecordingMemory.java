package org.cotangent.testing;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Any memory, with a record of what was taken from it: the truth that statistics must match. */
@NullMarked
public final class RecordingMemory extends ForwardingMemory {
  private final List<Region> regions = new ArrayList<>();
  private long used;
  private long peak;
  private long taken;

  /**
   * Records a memory.
   *
   * @param memory that does the work
   */
  public RecordingMemory(RawMemory memory) {
    super(memory);
  }

  /** {@return the regions now allocated} */
  public synchronized List<Region> regions() {
    return List.copyOf(regions);
  }

  /** {@return the bytes now allocated} */
  public synchronized long used() {
    return used;
  }

  /** {@return the most bytes allocated since the start or the last reset} */
  public synchronized long peak() {
    return peak;
  }

  /** Lets the peak start again from what is allocated now. */
  public synchronized void resetPeak() {
    peak = used;
  }

  /** {@return the regions ever allocated} */
  public synchronized long taken() {
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
