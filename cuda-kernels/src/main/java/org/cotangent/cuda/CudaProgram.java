package org.cotangent.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Report;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.cuda.ptx.Argument;
import org.cotangent.cuda.ptx.Launch;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.jspecify.annotations.Nullable;

/**
 * A program as launches whose parameters are set. The first run launches one after the other; from
 * the second on they are a graph, which the driver starts at once, and a run updates those of its
 * launches whose buffers have moved. While a buffer lies where a launch cannot use it, another is
 * launched in its place, and no graph.
 *
 * <p>Rules. A run returns when all is launched: what follows on the device comes after it, and what
 * is read on the host waits for it. Only a program whose kernels report (an index outside its axis,
 * a NaN) waits for its end, because the report is its caller's; so does one whose kernels are
 * timed. Parameters belong to the program, so runs of several threads launch one after the other.
 */
final class CudaProgram implements LoadedProgram {
  /** Fewer launches are started by themselves as fast. */
  private static final int FEWEST_OF_GRAPH = 2;

  private static final long NOWHERE = -1;
  private static final long[] NO_WORDS = {};

  /** A parameter that follows a buffer to wherever it lies in a run, perhaps as a tensor map. */
  private record Use(int launch, int parameter, long offset, Optional<TensorMap> map) {}

  /** Time between two moments, of a kernel of the program. */
  private record Span(int kernel, Driver.Event start, Driver.Event end) {}

  private final CudaBackend backend;
  private final CudaContext context;
  private final Program program;

  /** Gives back what was made, the last first. */
  private final Deque<Runnable> releases = new ArrayDeque<>();

  private final Arena arena = Arena.ofShared();
  private final List<Parameters> parameters = new ArrayList<>();
  private final List<Driver.Call> calls = new ArrayList<>();

  /** What is launched in place of some calls while a tensor of theirs lies where no map can be. */
  private final Map<Integer, Driver.Call> otherwise = new HashMap<>();

  /** Such tensors. */
  private final Set<Use> unaligned = new HashSet<>();

  private final List<List<Use>> uses = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();
  private final List<Span> spans = new ArrayList<>();
  private final List<KernelTime> times = new ArrayList<>();

  /** Where reports are left on the device, and where they are read. */
  private long status;

  private @Nullable MemorySegment words;

  /** Where the next launch to be prepared reports. */
  private long reported;

  /** Where the parameters point to now. */
  private final long[] current;

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
    current = new long[program.buffers().size()];
    Arrays.fill(current, NOWHERE);
    program.buffers().forEach(_ -> uses.add(new ArrayList<>()));
    if (context.profiling()) {
      program.kernels().forEach(kernel -> times.add(new KernelTime(kernel.label(), 0, 0)));
    }
    releases.push(arena::close);
    try {
      prepare(launches);
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

  private void prepare(List<List<Launch>> launches) {
    List<Launch> all = launches.stream().flatMap(List::stream).toList();
    ModuleCache.Functions functions =
        context
            .modules()
            .functions(
                all.stream()
                    .flatMap(each -> Stream.concat(Stream.of(each), each.otherwise().stream()))
                    .map(Launch::source)
                    .toList());
    releases.push(functions::close);
    Driver driver = context.entered();
    all.stream()
        .flatMap(launch -> launch.arguments().stream())
        .forEach(argument -> {
          if (argument instanceof Argument.Status(Report report)) {
            reports.add(report);
          }
        });
    if (!reports.isEmpty()) {
      long bytes = (long) reports.size() * Argument.Status.WORDS * Long.BYTES;
      status = driver.allocate(bytes);
      releases.push(() -> context.entered().free(status));
      MemorySegment pinned = driver.pin(bytes);
      words = pinned;
      releases.push(() -> context.entered().unpin(pinned));
    }
    reported = status;
    all.forEach(launch -> calls.add(call(functions, launch)));
    for (int i = 0; i < all.size(); i++) {
      int number = i;
      all.get(i).otherwise().ifPresent(other -> otherwise.put(number, call(functions, other)));
    }
    if (context.profiling()) {
      context.entered();
      for (int kernel = 0; kernel < launches.size(); kernel++) {
        for (int i = 0; i < launches.get(kernel).size(); i++) {
          spans.add(new Span(kernel, timed(driver), timed(driver)));
        }
      }
    }
  }

  private Driver.Call call(ModuleCache.Functions functions, Launch launch) {
    Parameters block = new Parameters(arena, launch.arguments());
    int number = parameters.size();
    for (int p = 0; p < launch.arguments().size(); p++) {
      switch (launch.arguments().get(p)) {
        case Argument.Memory(int buffer, long offset) ->
            uses.get(buffer).add(new Use(number, p, offset, Optional.empty()));
        case Argument.Tensor(Argument.Memory(int buffer, long offset), TensorMap map) ->
            uses.get(buffer).add(new Use(number, p, offset, Optional.of(map)));
        case Argument.Int64(long value) -> block.set(p, value);
        case Argument.Status _ -> {
          block.set(p, reported);
          reported += (long) Argument.Status.WORDS * Long.BYTES;
        }
      }
    }
    parameters.add(block);
    return new Driver.Call(
        functions.of(launch.source()), launch.blocks(), launch.threads(), block.block());
  }

  private Driver.Event timed(Driver driver) {
    Driver.Event event = driver.event(true);
    releases.push(() -> context.entered().destroy(event));
    return event;
  }

  @Override
  public void run(List<Slice> buffers) {
    backend.enter();
    try {
      requireNoReport(launched(buffers));
    } catch (DriverException error) {
      throw context.failure(op("run"), error);
    } finally {
      backend.leave();
    }
  }

  private void requireNoReport(long... read) {
    for (int i = 0; i < read.length / Argument.Status.WORDS; i++) {
      int first = i * Argument.Status.WORDS;
      if (read[first] >= 0) {
        throw reports.get(i).of(read[first], read[first + 1]);
      }
    }
  }

  /** Starts all launches; the reports' words, if there are any, when they are over. */
  private synchronized long[] launched(List<Slice> buffers) {
    if (closed) {
      throw new ClosedException(op("run") + ": the program was closed; load it again");
    }
    if (buffers.size() != uses.size()) {
      throw new ArgumentException(
          "run: " + buffers.size() + " slices for the " + uses.size() + " buffers of the program");
    }
    Driver driver = context.entered();
    for (int i = 0; i < uses.size(); i++) {
      point(driver, i, buffers.get(i));
    }
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
    boolean isUnaligned = unaligned.stream().anyMatch(use -> use.launch == number);
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
    int before = -1;
    for (Span span : spans) {
      long nanoseconds = Math.round(driver.milliseconds(span.start, span.end) * 1e6);
      // A kernel of several launches ran once.
      KernelTime spent = new KernelTime("", span.kernel == before ? 0 : 1, nanoseconds);
      times.set(span.kernel, times.get(span.kernel).plus(spent));
      before = span.kernel;
    }
  }

  /** Lets the parameters of a buffer point to where it lies. */
  private void point(Driver driver, int buffer, Slice slice) {
    CudaRegion region = backend.memory().own(slice.region());
    long bytes = program.buffers().get(buffer).bytes();
    long offset = slice.offset();
    if (offset < 0 || offset % Long.BYTES != 0 || offset > region.bytes() - bytes) {
      throw new ArgumentException(
          "run: buffer %d of %d bytes at offset %d of a region of %d bytes; offsets are multiples of 8"
              .formatted(buffer, bytes, offset, region.bytes()));
    }
    long address = region.address() + offset;
    if (address != current[buffer]) {
      // If a call fails, some point there and some do not.
      current[buffer] = NOWHERE;
      for (Use use : uses.get(buffer)) {
        set(driver, use, address + use.offset);
      }
      current[buffer] = address;
    }
  }

  private void set(Driver driver, Use use, long place) {
    if (use.launch < calls.size()) {
      moved.set(use.launch);
    }
    Parameters block = parameters.get(use.launch);
    if (use.map.isEmpty()) {
      block.set(use.parameter, place);
    } else if (place % TensorMap.ELEMENT_ALIGNMENT == 0) {
      driver.encode(use.map.get(), place, block.value(use.parameter));
      unaligned.remove(use);
    } else {
      unaligned.add(use);
    }
  }

  @Override
  public synchronized List<KernelTime> times() {
    return List.copyOf(times);
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
