package org.cotangent.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A run of a program: a replay, or an op by itself; on a GPU until it is enqueued. */
@Name(Spans.RUN)
@Label("Run")
@Category("Cotangent")
@Description("A run of a program: a replay, or an op by itself; on a GPU until it is enqueued")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // The Flight Recorder reads the fields.
final class RunEvent extends Event implements Span {
  /** Never recorded: it is asked whether others would be. */
  private static final RunEvent PROBE = new RunEvent("", 0, 0);

  @Label("Program")
  private final String program;

  @Label("Kernels")
  private final int kernels;

  @Label("Arena")
  @DataAmount
  private final long arena;

  private RunEvent(String program, int kernels, long arena) {
    this.program = program;
    this.kernels = kernels;
    this.arena = arena;
  }

  static @Nullable RunEvent begin(String program, int kernels, long arena) {
    if (!PROBE.isEnabled()) {
      return null;
    }
    RunEvent event = new RunEvent(program, kernels, arena);
    event.begin();
    return event;
  }

  @Override
  public void finish() {
    commit();
  }
}
