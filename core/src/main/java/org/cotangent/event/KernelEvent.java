package org.cotangent.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A kernel of a run on the CPU, on a device that was opened with profiling. */
@Name(Spans.KERNEL)
@Label("Kernel")
@Category("Cotangent")
@Description("A kernel of a run on the CPU, on a device that was opened with profiling")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // The Flight Recorder reads the fields.
final class KernelEvent extends Event implements Span {
  /** Never recorded: it is asked whether others would be. */
  private static final KernelEvent PROBE = new KernelEvent("");

  @Label("Kernel")
  private final String kernel;

  private KernelEvent(String kernel) {
    this.kernel = kernel;
  }

  static @Nullable KernelEvent begin(String kernel) {
    if (!PROBE.isEnabled()) {
      return null;
    }
    KernelEvent event = new KernelEvent(kernel);
    event.begin();
    return event;
  }

  @Override
  public void finish() {
    commit();
  }
}
