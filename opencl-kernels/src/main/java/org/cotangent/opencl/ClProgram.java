package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.opencl.kernel.Argument;
import org.cotangent.opencl.kernel.Launch;
import org.cotangent.opencl.kernel.Report;
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
  /** A pair of parameters that follows a buffer to wherever it lies in a run. */
  private record Use(cl_kernel kernel, int parameter, long offset) {}

  /** A kernel object and what it is launched over. */
  private static final class Step {
    private final cl_kernel kernel;
    private final String label;
    private final long[] global;
    private final long[] local;

    Step(cl_kernel kernel, Launch launch) {
      this.kernel = kernel;
      this.label = launch.label();
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

  /** Runs and nanoseconds by label. */
  private final Map<String, long[]> times = new LinkedHashMap<>();

  private boolean closed;

  /**
   * Prepares a program.
   *
   * @param backend where it runs
   * @param program what it does
   * @param launches how
   */
  ClProgram(ClBackend backend, Program program, List<Launch> launches) {
    this.backend = backend;
    this.context = backend.context();
    this.program = program;
    for (int i = 0; i < program.buffers().size(); i++) {
      uses.add(new ArrayList<>());
    }
    current = new @Nullable Slice[uses.size()];
    kernels = context.kernels(launches.stream().map(Launch::source).toList());
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

  private void prepare(List<Launch> launches) {
    Map<List<Long>, Long> places = new LinkedHashMap<>();
    List<Long> numbers = new ArrayList<>();
    for (Launch launch : launches) {
      for (Argument argument : launch.arguments()) {
        switch (argument) {
          case Argument.Table(var values) -> {
            if (places.putIfAbsent(values, (long) numbers.size()) == null) {
              numbers.addAll(values);
            }
          }
          case Argument.Status(var report) -> reports.add(report);
          case Argument.Memory _, Argument.Int64 _ -> {}
        }
      }
    }
    if (!numbers.isEmpty()) {
      table = backend.memory().reserve((long) numbers.size() * Long.BYTES, "sizes and strides");
      long[] all = numbers.stream().mapToLong(Long::longValue).toArray();
      backend.memory().write(table, 0, MemorySegment.ofArray(all));
    }
    if (!reports.isEmpty()) {
      long words = (long) reports.size() * Argument.Status.WORDS;
      status = backend.memory().reserve(words * Long.BYTES, "reports");
    }
    long report = 0;
    for (Launch launch : launches) {
      cl_kernel kernel = kernels.create(launch.source());
      int parameter = 0;
      for (Argument argument : launch.arguments()) {
        switch (argument) {
          case Argument.Memory(int buffer, long offset) -> {
            uses.get(buffer).add(new Use(kernel, parameter, offset));
            parameter += 2;
          }
          case Argument.Table(var values) -> {
            set(kernel, parameter++, table);
            set(kernel, parameter++, Objects.requireNonNull(places.get(values)));
          }
          case Argument.Int64(long value) -> set(kernel, parameter++, value);
          case Argument.Status _ -> {
            set(kernel, parameter++, status);
            set(kernel, parameter++, report);
            report += Argument.Status.WORDS;
          }
        }
      }
      steps.add(new Step(kernel, launch));
    }
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
    try {
      long[] words = new long[reports.size() * Argument.Status.WORDS];
      List<cl_event> events = new ArrayList<>();
      try {
        enqueue(buffers, words, events);
        if (status == null) {
          CL.clFinish(context.queue());
        }
        measure(events);
      } finally {
        events.forEach(context::release);
      }
      for (int i = 0; i < reports.size(); i++) {
        long position = words[i * Argument.Status.WORDS];
        if (position >= 0) {
          CotangentException problem =
              reports.get(i).of(position, words[i * Argument.Status.WORDS + 1]);
          throw problem;
        }
      }
    } catch (CLException error) {
      throw context.failure(op("run"), error);
    } finally {
      backend.leave();
    }
  }

  private synchronized void enqueue(List<Slice> buffers, long[] words, List<cl_event> events) {
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
      cl_event event = context.profiling() ? context.event() : null;
      CL.clEnqueueNDRangeKernel(
          context.queue(), step.kernel, 1, null, step.global, step.local, 0, null, event);
      if (event != null) {
        events.add(event);
      }
    }
    if (status != null) {
      // Under the lock, or another run's reports could come between. It waits for the kernels.
      CL.clEnqueueReadBuffer(
          context.queue(),
          status.memory(),
          CL.CL_TRUE,
          0,
          (long) words.length * Long.BYTES,
          Pointer.to(words),
          0,
          null,
          null);
    }
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

  private synchronized void measure(List<cl_event> events) {
    for (int i = 0; i < events.size(); i++) {
      long[] time = times.computeIfAbsent(steps.get(i).label, label -> new long[2]);
      time[0]++;
      time[1] += context.nanoseconds(events.get(i));
    }
  }

  @Override
  public synchronized List<KernelTime> times() {
    return times.entrySet().stream()
        .map(time -> new KernelTime(time.getKey(), time.getValue()[0], time.getValue()[1]))
        .toList();
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
