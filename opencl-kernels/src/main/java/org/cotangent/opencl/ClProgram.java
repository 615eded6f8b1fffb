package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Report;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.opencl.kernel.Argument;
import org.cotangent.opencl.kernel.Argument.Int64;
import org.cotangent.opencl.kernel.Argument.Memory;
import org.cotangent.opencl.kernel.Argument.Status;
import org.cotangent.opencl.kernel.Argument.Table;
import org.cotangent.opencl.kernel.Launch;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * A program as kernel objects whose arguments are set: a run enqueues them all and waits once.
 *
 * <p>Rules. Arguments belong to kernel objects, so setting and enqueueing are under a lock; waiting
 * is not, and the runs of several threads follow each other in the one queue. A run waits for its
 * end because its errors are its caller's: an index out of bounds, a NaN, a lost device.
 */
final class ClProgram implements LoadedProgram {
  private static final long[] NO_WORDS = {};

  /** A pair of parameters that follows a buffer to wherever it lies in a run. */
  private record Use(cl_kernel kernel, int parameter, long offset) {}

  /** A kernel object, what it is launched over, and the program's kernel that it is part of. */
  private static final class Step {
    private final cl_kernel object;
    private final int kernel;
    private final long[] global;
    private final long[] local;

    Step(cl_kernel object, int kernel, Launch launch) {
      this.object = object;
      this.kernel = kernel;
      this.local = new long[] {launch.local()};
      this.global = new long[] {launch.groups() * launch.local()};
    }
  }

  private final ClBackend backend;
  private final ClContext context;
  private final Program program;
  private final ClKernels kernels;
  private final List<Step> steps = new ArrayList<>();
  private final List<List<Use>> uses = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();
  private @Nullable ClRegion table;
  private @Nullable ClRegion status;

  /** Where the parameters point to now: the buffers of the last run. */
  private final @Nullable Slice[] current;

  /** Of each kernel, where they are measured. */
  private final List<KernelTime> times = new ArrayList<>();

  private boolean closed;

  /**
   * Prepares a program.
   *
   * @param backend where it runs
   * @param program what it does
   * @param launches for each of its kernels; where nothing is measured, also all in one list
   */
  ClProgram(ClBackend backend, Program program, List<List<Launch>> launches) {
    this.backend = backend;
    this.context = backend.context();
    this.program = program;
    for (int i = 0; i < program.buffers().size(); i++) {
      uses.add(new ArrayList<>());
    }
    current = new @Nullable Slice[uses.size()];
    if (context.profiling()) {
      program.kernels().forEach(kernel -> times.add(new KernelTime(kernel.label(), 0, 0)));
    }
    kernels = context.kernels(launches.stream().flatMap(List::stream).map(Launch::source).toList());
    try {
      prepare(launches);
    } catch (CLException error) {
      free();
      throw context.failure(op("load"), error);
    } catch (RuntimeException | Error failure) {
      free();
      throw failure;
    }
  }

  private String op(String what) {
    return what + " " + program.source().name();
  }

  private void prepare(List<List<Launch>> launches) {
    Map<Table, Long> places = new HashMap<>();
    List<Long> numbers = new ArrayList<>();
    for (Argument argument : arguments(launches)) {
      switch (argument) {
        case Table entry -> {
          if (places.putIfAbsent(entry, (long) numbers.size()) == null) {
            numbers.addAll(entry.values());
          }
        }
        case Status(var report) -> reports.add(report);
        case Memory _, Int64 _ -> {}
      }
    }
    if (!numbers.isEmpty()) {
      table = backend.memory().reserve((long) numbers.size() * Long.BYTES, "sizes and strides");
      long[] all = numbers.stream().mapToLong(Long::longValue).toArray();
      backend.memory().write(table, 0, MemorySegment.ofArray(all));
    }
    if (!reports.isEmpty()) {
      long words = (long) reports.size() * Status.WORDS;
      status = backend.memory().reserve(words * Long.BYTES, "reports");
    }
    long report = 0;
    for (int k = 0; k < launches.size(); k++) {
      for (Launch launch : launches.get(k)) {
        cl_kernel object = kernels.create(launch.source());
        steps.add(new Step(object, k, launch));
        int parameter = 0;
        for (Argument argument : launch.arguments()) {
          switch (argument) {
            case Memory(int buffer, long offset) -> {
              uses.get(buffer).add(new Use(object, parameter, offset));
              parameter += 2;
            }
            case Table entry -> {
              set(object, parameter++, table);
              set(object, parameter++, Objects.requireNonNull(places.get(entry)));
            }
            case Int64(long value) -> set(object, parameter++, value);
            case Status _ -> {
              set(object, parameter++, status);
              set(object, parameter++, report);
              report += Status.WORDS;
            }
          }
        }
      }
    }
  }

  private static List<Argument> arguments(List<List<Launch>> launches) {
    return launches.stream()
        .flatMap(List::stream)
        .flatMap(launch -> launch.arguments().stream())
        .toList();
  }

  private static void set(cl_kernel kernel, int parameter, @Nullable ClRegion region) {
    cl_mem memory = Objects.requireNonNull(region, "reserved before").memory();
    CL.clSetKernelArg(kernel, parameter, Sizeof.cl_mem, Pointer.to(memory));
  }

  private static void set(cl_kernel kernel, int parameter, long value) {
    CL.clSetKernelArg(kernel, parameter, Sizeof.cl_ulong, Pointer.to(new long[] {value}));
  }

  @Override
  public void run(List<Slice> buffers) {
    backend.enter();
    List<cl_event> events = context.profiling() ? new ArrayList<>() : List.of();
    try {
      long[] words = enqueue(buffers, events);
      if (words.length == 0) {
        CL.clFinish(context.queue());
      }
      measure(events);
      requireNoReport(words);
    } catch (CLException error) {
      throw context.failure(op("run"), error);
    } finally {
      events.forEach(context::release);
      backend.leave();
    }
  }

  private void requireNoReport(long... words) {
    for (int i = 0; i < reports.size(); i++) {
      int first = i * Status.WORDS;
      if (words[first] >= 0) {
        throw reports.get(i).of(words[first], words[first + 1]);
      }
    }
  }

  /** Starts all launches; the status words, if there are any, when they are over. */
  private synchronized long[] enqueue(List<Slice> buffers, List<cl_event> events) {
    if (closed) {
      throw new ClosedException(
          "run: program " + program.source().name() + " was closed; load it again");
    }
    if (buffers.size() != uses.size()) {
      throw new ArgumentException(
          "run: " + buffers.size() + " slices for the " + uses.size() + " buffers of the program");
    }
    for (int i = 0; i < uses.size(); i++) {
      Slice slice = buffers.get(i);
      if (!slice.equals(current[i])) {
        point(i, slice);
      }
    }
    for (Step step : steps) {
      cl_event event = null;
      if (context.profiling()) {
        event = context.event();
        events.add(event);
      }
      CL.clEnqueueNDRangeKernel(
          context.queue(), step.object, 1, null, step.global, step.local, 0, null, event);
    }
    if (status == null) {
      return NO_WORDS;
    }
    // Under the lock, or another run's reports could come between. It waits for the kernels.
    long[] words = new long[reports.size() * Status.WORDS];
    long bytes = (long) words.length * Long.BYTES;
    CL.clEnqueueReadBuffer(
        context.queue(), status.memory(), true, 0, bytes, Pointer.to(words), 0, null, null);
    return words;
  }

  /** Lets the parameters of a buffer point to where it lies. */
  private void point(int buffer, Slice slice) {
    ClRegion region = backend.memory().own(slice.region());
    long bytes = program.buffers().get(buffer).bytes();
    long offset = slice.offset();
    if (offset < 0 || offset % Long.BYTES != 0 || offset > region.bytes() - bytes) {
      throw new ArgumentException(
          "run: buffer %d of %d bytes at offset %d of a region of %d bytes; offsets are multiples of 8"
              .formatted(buffer, bytes, offset, region.bytes()));
    }
    // Half done is not done: a failure below leaves parameters that point to no one place.
    current[buffer] = null;
    for (Use use : uses.get(buffer)) {
      set(use.kernel(), use.parameter(), region);
      set(use.kernel(), use.parameter() + 1, offset + use.offset());
    }
    current[buffer] = slice;
  }

  private void measure(List<cl_event> events) {
    synchronized (times) {
      for (int i = 0; i < events.size(); i++) {
        int kernel = steps.get(i).kernel;
        // A kernel of several launches ran once.
        long runs = i > 0 && steps.get(i - 1).kernel == kernel ? 0 : 1;
        KernelTime spent = new KernelTime("", runs, context.nanoseconds(events.get(i)));
        times.set(kernel, times.get(kernel).plus(spent));
      }
    }
  }

  @Override
  public List<KernelTime> times() {
    synchronized (times) {
      return List.copyOf(times);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      free();
    }
  }

  private void free() {
    kernels.close();
    for (ClRegion region : Arrays.asList(table, status)) {
      if (region != null && !backend.closed()) {
        backend.memory().free(region);
      }
    }
  }
}
