package org.cotangent.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A call that takes memory from a device or gives it back; replays make none. */
@Name(Spans.REGION)
@Label("Region")
@Category("Cotangent")
@Description("A call that takes memory from a device or gives it back; replays make none")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // The Flight Recorder reads the fields.
final class RegionEvent extends Event implements Span {
  /** Never recorded: it is asked whether others would be. */
  private static final RegionEvent PROBE = new RegionEvent("", 0);

  @Label("Call")
  private final String call;

  @Label("Size")
  @DataAmount
  private final long bytes;

  private RegionEvent(String call, long bytes) {
    this.call = call;
    this.bytes = bytes;
  }

  static @Nullable RegionEvent begin(String call, long bytes) {
    if (!PROBE.isEnabled()) {
      return null;
    }
    RegionEvent event = new RegionEvent(call, bytes);
    event.begin();
    return event;
  }

  @Override
  public void finish() {
    commit();
  }
}
