package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
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
      WorkerState state = backend.pool().borrow();
      try {
        Frame frame = frame(buffers, state);
        if (frame.hasForeign()) {
          MappedPages.reading(() -> runForeign(frame));
        } else {
          run(frame);
        }
      } finally {
        backend.pool().giveBack(state);
      }
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

  private Frame frame(List<Slice> buffers, WorkerState state) {
    int count = program.buffers().size();
    if (buffers.size() != count) {
      throw new ArgumentException(
          "run: " + buffers.size() + " slices for the " + count + " buffers of the program");
    }
    MemorySegment[] segments = new MemorySegment[count];
    long[] offsets = new long[count];
    for (int i = 0; i < count; i++) {
      Slice slice = buffers.get(i);
      if (!(slice.region() instanceof HostRegion region)) {
        throw new DeviceException(
            "run: buffer " + i + " lies in another device's memory; copy it through the host");
      }
      long bytes = program.buffers().get(i).bytes();
      long offset = slice.offset();
      if (offset < 0 || offset % Long.BYTES != 0 || offset > region.bytes() - bytes) {
        throw new ArgumentException(
            "run: buffer "
                + i
                + " of "
                + bytes
                + " bytes at offset "
                + offset
                + " of a region of "
                + region.bytes()
                + " bytes; offsets are multiples of 8");
      }
      if (!region.segment().scope().isAlive()) {
        throw new ClosedException("run: the memory of buffer " + i + " was freed");
      }
      boolean isForeign = region.isForeign();
      segments[i] = isForeign ? region.segment().asSlice(offset, bytes) : region.segment();
      offsets[i] = isForeign ? 0 : offset;
    }
    return new Frame(segments, offsets, backend.pool(), state);
  }

  @Override
  public void close() {
    closed = true;
  }
}
