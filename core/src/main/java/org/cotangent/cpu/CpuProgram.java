package org.cotangent.cpu;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Spares;
import org.cotangent.error.ClosedException;
import org.cotangent.type.MappedPages;

/**
 * A program as a list of steps, which a run executes in order: it returns when all are done, or
 * throws what one of them threw; the program stays usable then. Immutable but for its end; any
 * number of threads run it at once.
 */
final class CpuProgram implements LoadedProgram {
  private final CpuBackend backend;
  private final Program program;
  private final List<? extends Step> steps;

  /** The steps once more, if they are measured. */
  private final List<TimedStep> timed;

  private final Spares<Frame> frames = new Spares<>();

  private volatile boolean closed;

  /**
   * Prepares a program.
   *
   * @param backend where it runs
   * @param program what it does
   * @param steps makes the steps
   * @param profiling whether each kernel is measured
   */
  CpuProgram(CpuBackend backend, Program program, Steps steps, boolean profiling) {
    this.backend = backend;
    this.program = program;
    List<Step> plain = steps.of(program);
    this.timed = profiling ? timed(program, plain) : List.of();
    this.steps = profiling ? timed : plain;
  }

  private static List<TimedStep> timed(Program program, List<Step> steps) {
    return IntStream.range(0, steps.size())
        .mapToObj(k -> new TimedStep(program.kernels().get(k).label(), steps.get(k)))
        .toList();
  }

  @Override
  public List<KernelTime> times() {
    return timed.stream().map(TimedStep::time).toList();
  }

  @Override
  public void run(List<Slice> buffers) {
    backend.enter();
    try {
      if (closed) {
        throw new ClosedException(
            "run: program " + program.source().name() + " was closed; load it again");
      }
      Frame spare = frames.take();
      Frame frame = spare == null ? new Frame(program.buffers(), backend.pool()) : spare;
      frame.begin(buffers);
      try {
        if (frame.hasForeign()) {
          MappedPages.reading(() -> runForeign(frame));
        } else {
          run(frame);
        }
      } finally {
        frame.end();
      }
      // Where a run failed its frame is not used again.
      frames.give(frame);
    } finally {
      backend.leave();
    }
  }

  private Frame runForeign(Frame frame) {
    try {
      return run(frame);
    } catch (IllegalStateException e) {
      if (frame.isAlive()) {
        throw e;
      }
      throw new ClosedException(
          "run: the arena of memory that a tensor is a view of was closed; keep it open");
    }
  }

  private Frame run(Frame frame) {
    for (Step step : steps) {
      step.run(frame);
    }
    return frame;
  }

  @Override
  public void close() {
    closed = true;
  }
}
