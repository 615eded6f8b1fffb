package org.cotangent.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.backend.Bindings;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.KernelTimes;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Modules;
import org.cotangent.backend.Program;
import org.cotangent.backend.Report;
import org.cotangent.backend.Reports;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.cuda.ptx.Argument;
import org.cotangent.cuda.ptx.Launch;
import org.cotangent.cuda.ptx.Source;
import org.cotangent.error.ClosedException;
import org.jspecify.annotations.Nullable;

/**
 * A program as launches whose parameters are set. The first run launches one after the other; from
 * the second on they are a graph, which the driver starts at once, and a run updates those of its
 * launches whose buffers have moved.
 *
 * <p>Rules. A run returns when all is launched: what follows on the device comes after it, and what
 * is read on the host waits for it. Only a program whose kernels report (an index outside its axis,
 * a NaN) waits for its end, because the report is its caller's; so does one whose kernels are
 * timed. Parameters belong to the program, so runs of several threads launch one after the other.
 */
final class CudaProgram implements LoadedProgram {
  /** Fewer launches are started by themselves as fast. */
  private static final int FEWEST_OF_GRAPH = 2;

  private static final long[] NO_WORDS = {};

  /** A parameter of a launch. */
  private record Place(int launch, int parameter) {}

  /** Time between two moments. */
  private record Span(Driver.Event start, Driver.Event end) {}

  private final CudaBackend backend;
  private final CudaContext context;
  private final Program program;

  /** Gives back what was made, the last first. */
  private final Deque<Runnable> releases = new ArrayDeque<>();

  private final Arena arena = Arena.ofShared();
  private final List<Driver.Call> calls = new ArrayList<>();

  /** What is launched in place of some calls while a tensor of theirs lies where no map can be. */
  private final Map<Integer, Driver.Call> otherwise = new HashMap<>();

  /** The maps of such tensors. */
  private final Set<Place> unaligned = new HashSet<>();

  private final Bindings<Long> bindings;
  private final Reports reports;
  private final List<Span> spans = new ArrayList<>();
  private final KernelTimes times;

  /** Where reports are left on the device, and where they are read. */
  private long status;

  private @Nullable MemorySegment words;

  /** Launches whose parameters are not those that the graph has. */
  private final BitSet moved = new BitSet();

  private Driver.@Nullable Graph graph;
  private boolean ran;
  private boolean closed;

  /**
   * Prepares a program.
   *
   * @param backend where it runs
   * @param program what it does
   * @param launches for each of its kernels
   */
  CudaProgram(CudaBackend backend, Program program, List<List<Launch>> launches) {
    this.backend = backend;
    this.context = backend.context();
    this.program = program;
    bindings = new Bindings<>(program, backend.memory());
    times = new KernelTimes(program, launches);
    List<Launch> all = launches.stream().flatMap(List::stream).toList();
    reports = reports(all);
    releases.push(arena::close);
    try {
      prepare(all);
    } catch (DriverException error) {
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

  private static Reports reports(List<Launch> launches) {
    return new Reports(
        launches.stream()
            .flatMap(launch -> launch.arguments().stream())
            .filter(Argument.Status.class::isInstance)
            .map(argument -> ((Argument.Status) argument).report())
            .toList());
  }

  private void prepare(List<Launch> launches) {
    Modules<Source, CudaModule>.Use modules =
        context
            .modules()
            .use(
                launches.stream()
                    .flatMap(each -> Stream.concat(Stream.of(each), each.otherwise().stream()))
                    .map(Launch::source)
                    .toList());
    releases.push(modules::close);
    Driver driver = context.entered();
    if (reports.words() > 0) {
      long bytes = (long) reports.words() * Long.BYTES;
      status = driver.allocate(bytes);
      releases.push(() -> context.entered().free(status));
      MemorySegment pinned = driver.pin(bytes);
      words = pinned;
      releases.push(() -> context.entered().unpin(pinned));
    }
    for (Launch launch : launches) {
      int number = calls.size();
      calls.add(call(modules, launch, number));
      launch.otherwise().ifPresent(other -> otherwise.put(number, call(modules, other, number)));
    }
    if (context.profiling()) {
      calls.forEach(_ -> spans.add(new Span(timed(driver), timed(driver))));
    }
  }

  /** A launch with this number, or what may be launched in its place. */
  private Driver.Call call(Modules<Source, CudaModule>.Use modules, Launch launch, int number) {
    Parameters block = new Parameters(arena, launch.arguments());
    for (int p = 0; p < launch.arguments().size(); p++) {
      int parameter = p;
      switch (launch.arguments().get(p)) {
        case Argument.Memory(int buffer, long offset) ->
            bindings.follow(
                buffer,
                (region, start) -> {
                  block.set(parameter, region + start + offset);
                  moved.set(number);
                });
        case Argument.Tensor(Argument.Memory(int buffer, long offset), TensorMap map) ->
            bindings.follow(
                buffer,
                (region, start) -> {
                  encode(map, region + start + offset, block.value(parameter), number, parameter);
                  moved.set(number);
                });
        case Argument.Int64(long value) -> block.set(p, value);
        case Argument.Status(Report report) ->
            block.set(p, status + (long) reports.word(report) * Long.BYTES);
      }
    }
    Driver.Function function =
        Objects.requireNonNull(modules.of(launch.source()).functions().get(launch.source()));
    return new Driver.Call(function, launch.blocks(), launch.threads(), block.block());
  }

  private void encode(TensorMap map, long address, MemorySegment to, int launch, int parameter) {
    Place place = new Place(launch, parameter);
    if (address % TensorMap.ELEMENT_ALIGNMENT == 0) {
      context.entered().encode(map, address, to);
      unaligned.remove(place);
    } else {
      unaligned.add(place);
    }
  }

  private Driver.Event timed(Driver driver) {
    Driver.Event event = driver.event(true);
    releases.push(() -> context.entered().destroy(event));
    return event;
  }

  @Override
  public void run(List<Slice> buffers) {
    backend.gate().enter();
    try {
      reports.requireNone(launched(buffers));
    } catch (DriverException error) {
      throw context.failure(op("run"), error);
    } finally {
      backend.gate().leave();
    }
  }

  /** Starts all launches; the reports' words, if there are any, when they are over. */
  private synchronized long[] launched(List<Slice> buffers) {
    if (closed) {
      throw new ClosedException(op("run") + ": the program was closed; load it again");
    }
    bindings.bind(buffers);
    Driver driver = context.entered();
    if (context.profiling()) {
      launchTimed(driver);
    } else if (ran && calls.size() >= FEWEST_OF_GRAPH && unaligned.isEmpty()) {
      launchGraph(driver);
    } else {
      launchEach(driver);
      ran = true;
    }
    return read(driver);
  }

  private long[] read(Driver driver) {
    if (words == null) {
      return NO_WORDS;
    }
    // Under the lock, or another run's reports could come between.
    driver.download(words, status, context.stream());
    driver.await(context.stream());
    return words.toArray(ValueLayout.JAVA_LONG);
  }

  private void launchGraph(Driver driver) {
    if (graph == null) {
      graph = made(driver);
    }
    if (graph == null) {
      launchEach(driver);
      return;
    }
    for (int i = moved.nextSetBit(0); i >= 0; i = moved.nextSetBit(i + 1)) {
      driver.update(graph, i, calls.get(i));
      moved.clear(i);
    }
    driver.launch(graph, context.stream());
  }

  /** A graph of the calls as they are now; none where the GPU has no memory for it. */
  private Driver.@Nullable Graph made(Driver driver) {
    Driver.Graph made;
    try {
      made = driver.graph(calls);
    } catch (DriverException e) {
      if (e.isOutOfMemory()) {
        return null;
      }
      throw e;
    }
    releases.push(() -> context.entered().destroy(made));
    moved.clear();
    return made;
  }

  private void launchEach(Driver driver) {
    for (int i = 0; i < calls.size(); i++) {
      driver.launch(call(i), context.stream());
    }
  }

  /** What is launched now. */
  private Driver.Call call(int number) {
    boolean isUnaligned =
        !unaligned.isEmpty() && unaligned.stream().anyMatch(place -> place.launch == number);
    return isUnaligned
        ? Objects.requireNonNull(otherwise.get(number), "each launch with a map has another")
        : calls.get(number);
  }

  private void launchTimed(Driver driver) {
    for (int i = 0; i < calls.size(); i++) {
      driver.record(spans.get(i).start, context.stream());
      driver.launch(call(i), context.stream());
      driver.record(spans.get(i).end, context.stream());
    }
    driver.await(context.stream());
    times.add(
        spans.stream()
            .mapToLong(span -> Math.round(driver.milliseconds(span.start, span.end) * 1e6))
            .toArray());
  }

  @Override
  public List<KernelTime> times() {
    return context.profiling() ? times.list() : List.of();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      // Nothing may go while it is in use.
      context.release("program's work", () -> context.entered().await(context.stream()));
      free();
      backend.forget(this);
    }
  }

  private void free() {
    while (!releases.isEmpty()) {
      context.release("program's part", releases.pop());
    }
  }
}
