package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import org.cotangent.error.DeviceException;
import org.jocl.CLException;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Copies through pinned memory, which a device with memory of its own reads and writes by itself:
 * while it copies one piece the calling thread copies the next. There is one lane for each
 * direction, made when first needed; a second copy in the same direction waits, because the bus is
 * taken anyway. Small copies go the short way.
 */
final class StagedTransfers implements Transfers {
  /** Two of these are pinned for each direction. */
  static final long PIECE = 8 << 20;

  private static final long SMALL = 64 << 10;

  private final ClContext context;
  private final Transfers small;
  private final Object up = new Object();
  private final Object down = new Object();
  private @Nullable StagingLane upLane;
  private @Nullable StagingLane downLane;

  StagedTransfers(ClContext context) {
    this.context = context;
    this.small = new DirectTransfers(context);
  }

  @Override
  public void write(cl_mem target, long offset, MemorySegment source) {
    if (source.byteSize() <= SMALL) {
      small.write(target, offset, source);
      return;
    }
    synchronized (up) {
      if (upLane == null) {
        upLane = lane();
      }
      upLane.write(target, offset, source);
    }
  }

  @Override
  public void read(cl_mem source, long offset, MemorySegment target) {
    if (target.byteSize() <= SMALL) {
      small.read(source, offset, target);
      return;
    }
    synchronized (down) {
      if (downLane == null) {
        downLane = lane();
      }
      downLane.read(source, offset, target);
    }
  }

  private StagingLane lane() throws DeviceException, CLException {
    return new StagingLane(context, PIECE);
  }

  @Override
  public void close() {
    small.close();
    synchronized (up) {
      if (upLane != null) {
        upLane.close();
      }
    }
    synchronized (down) {
      if (downLane != null) {
        downLane.close();
      }
    }
  }
}
