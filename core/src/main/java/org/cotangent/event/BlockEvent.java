package org.cotangent.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Memory that an allocator lends or takes back. Many: recorded only where asked for by name. */
@Name(Spans.BLOCK)
@Label("Block")
@Category("Cotangent")
@Description("Memory that an allocator lends or takes back")
@Enabled(false)
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // The Flight Recorder reads the fields.
final class BlockEvent extends Event {
  /** Never recorded: it is asked whether others would be. */
  private static final BlockEvent PROBE = new BlockEvent(0, 0, 0, 0, 0, false);

  @Label("Allocator")
  private final int allocator;

  @Label("Number")
  @Description("Counts the events of the allocator, in the order in which they happened")
  private final long number;

  @Label("Region")
  private final long region;

  @Label("Offset")
  @DataAmount
  private final long offset;

  @Label("Size")
  @DataAmount
  private final long bytes;

  @Label("Lent")
  @Description("Otherwise taken back")
  private final boolean isLent;

  private BlockEvent(
      int allocator, long number, long region, long offset, long bytes, boolean isLent) {
    this.allocator = allocator;
    this.number = number;
    this.region = region;
    this.offset = offset;
    this.bytes = bytes;
    this.isLent = isLent;
  }

  static boolean isRecorded() {
    return PROBE.isEnabled();
  }

  static void record(
      int allocator, long number, long region, long offset, long bytes, boolean isLent) {
    new BlockEvent(allocator, number, region, offset, bytes, isLent).commit();
  }
}
