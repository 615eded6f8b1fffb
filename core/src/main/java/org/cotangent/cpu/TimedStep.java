package org.cotangent.cpu;

import java.util.concurrent.atomic.LongAdder;
import org.cotangent.backend.KernelTime;
import org.cotangent.event.Span;
import org.cotangent.event.Spans;

/** A kernel's step that measures how long it takes, from its caller's side, also when it fails. */
final class TimedStep implements Step {
  private final String label;
  private final Step step;
  private final LongAdder runs = new LongAdder();
  private final LongAdder nanoseconds = new LongAdder();

  /**
   * Measures a step.
   *
   * @param label of its kernel
   * @param step what to measure
   */
  TimedStep(String label, Step step) {
    this.label = label;
    this.step = step;
  }

  @Override
  public void run(Frame frame) {
    Span span = Spans.kernel(label);
    long start = System.nanoTime();
    try {
      step.run(frame);
    } finally {
      nanoseconds.add(System.nanoTime() - start);
      runs.increment();
      Spans.end(span);
    }
  }

  /** {@return the sum of all runs} */
  KernelTime time() {
    return new KernelTime(label, runs.sum(), nanoseconds.sum());
  }
}
