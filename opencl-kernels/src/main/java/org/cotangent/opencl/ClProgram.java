package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cotangent.backend.Bindings;
import org.cotangent.backend.DeviceRegion;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.KernelTimes;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Report;
import org.cotangent.backend.Reports;
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

  /** A kernel object, and what it is launched over. */
  private static final class Step {
    private final cl_kernel object;
    private final long[] global;
    private final long[] local;

    Step(cl_kernel object, Launch launch) {
      this.object = object;
      this.local = new long[] {launch.local()};
      this.global = new long[] {launch.groups() * launch.local()};
    }
  }

  private final ClBackend backend;
  private final ClContext context;
  private final Program program;
  private final ClKernels kernels;
  private final List<Step> steps = new ArrayList<>();
  private final Bindings<cl_mem> bindings;
  private final Reports reports;
  private final KernelTimes times;
  private @Nullable DeviceRegion<cl_mem> table;
  private @Nullable DeviceRegion<cl_mem> status;
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
    bindings = new Bindings<>(program, backend.memory());
    times = new KernelTimes(program, launches);
    List<Launch> all = launches.stream().flatMap(List::stream).toList();
    List<Argument> arguments = all.stream().flatMap(launch -> launch.arguments().stream()).toList();
    reports = reports(arguments);
    kernels = context.kernels(all.stream().map(Launch::source).toList());
    try {
      Map<Table, Long> tables = prepareTable(arguments);
      prepare(all, tables);
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

  private static Reports reports(List<Argument> arguments) {
    return new Reports(
        arguments.stream()
            .filter(Status.class::isInstance)
            .map(argument -> ((Status) argument).report())
            .toList());
  }

  /** Writes the numbers that do not change; where each table starts. */
  private Map<Table, Long> prepareTable(List<Argument> arguments) {
    Map<Table, Long> places = new HashMap<>();
    List<Long> numbers = new ArrayList<>();
    for (Argument argument : arguments) {
      if (argument instanceof Table entry
          && places.putIfAbsent(entry, (long) numbers.size()) == null) {
        numbers.addAll(entry.values());
      }
    }
    if (!numbers.isEmpty()) {
      table = backend.memory().reserve((long) numbers.size() * Long.BYTES, "sizes and strides");
      long[] all = numbers.stream().mapToLong(Long::longValue).toArray();
      backend.memory().write(table, 0, MemorySegment.ofArray(all));
    }
    return places;
  }

  private void prepare(List<Launch> launches, Map<Table, Long> tables) {
    if (reports.words() > 0) {
      status = backend.memory().reserve((long) reports.words() * Long.BYTES, "reports");
    }
    for (Launch launch : launches) {
      cl_kernel object = kernels.create(launch.source());
      steps.add(new Step(object, launch));
      int parameter = 0;
      for (Argument argument : launch.arguments()) {
        switch (argument) {
          case Memory(int buffer, long offset) -> {
            int pair = parameter;
            bindings.follow(
                buffer,
                (memory, start) -> {
                  set(object, pair, memory);
                  set(object, pair + 1, start + offset);
                });
          }
          case Table entry -> {
            set(object, parameter, handle(table));
            set(object, parameter + 1, Objects.requireNonNull(tables.get(entry)));
          }
          case Int64(long value) -> set(object, parameter, value);
          case Status(Report report) -> {
            set(object, parameter, handle(status));
            set(object, parameter + 1, reports.word(report));
          }
        }
        parameter += argument.types().size();
      }
    }
  }

  private static cl_mem handle(@Nullable DeviceRegion<cl_mem> region) {
    return Objects.requireNonNull(region, "reserved before").handle();
  }

  private static void set(cl_kernel kernel, int parameter, cl_mem memory) {
    CL.clSetKernelArg(kernel, parameter, Sizeof.cl_mem, Pointer.to(memory));
  }

  private static void set(cl_kernel kernel, int parameter, long value) {
    CL.clSetKernelArg(kernel, parameter, Sizeof.cl_ulong, Pointer.to(new long[] {value}));
  }

  @Override
  public void run(List<Slice> buffers) {
    backend.gate().enter();
    List<cl_event> events = context.profiling() ? new ArrayList<>() : List.of();
    try {
      long[] words = enqueue(buffers, events);
      if (words.length == 0) {
        CL.clFinish(context.queue());
      }
      if (context.profiling()) {
        times.add(events.stream().mapToLong(context::nanoseconds).toArray());
      }
      reports.requireNone(words);
    } catch (CLException error) {
      throw context.failure(op("run"), error);
    } finally {
      events.forEach(context::release);
      backend.gate().leave();
    }
  }

  /** Starts all launches; the status words, if there are any, when they are over. */
  private synchronized long[] enqueue(List<Slice> buffers, List<cl_event> events) {
    if (closed) {
      throw new ClosedException(op("run") + ": the program was closed; load it again");
    }
    bindings.bind(buffers);
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
    long[] words = new long[reports.words()];
    long bytes = (long) words.length * Long.BYTES;
    CL.clEnqueueReadBuffer(
        context.queue(), status.handle(), true, 0, bytes, Pointer.to(words), 0, null, null);
    return words;
  }

  @Override
  public List<KernelTime> times() {
    return context.profiling() ? times.list() : List.of();
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
    for (DeviceRegion<cl_mem> region : Arrays.asList(table, status)) {
      if (region != null && !backend.gate().isClosed()) {
        backend.memory().free(region);
      }
    }
  }
}
