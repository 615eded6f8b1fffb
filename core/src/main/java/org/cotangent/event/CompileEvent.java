package org.cotangent.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A graph that became a program on a device. */
@Name(Spans.COMPILE)
@Label("Compilation")
@Category("Cotangent")
@Description("A graph that became a program on a device")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // The Flight Recorder reads the fields.
final class CompileEvent extends Event implements Span {
  /** Never recorded: it is asked whether others would be. */
  private static final CompileEvent PROBE = new CompileEvent("");

  @Label("Program")
  private final String program;

  private CompileEvent(String program) {
    this.program = program;
  }

  static @Nullable CompileEvent begin(String program) {
    if (!PROBE.isEnabled()) {
      return null;
    }
    CompileEvent event = new CompileEvent(program);
    event.begin();
    return event;
  }

  @Override
  public void finish() {
    commit();
  }
}
