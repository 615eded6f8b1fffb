package org.cotangent.cuda.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.stream.IntStream;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.jspecify.annotations.Nullable;

/**
 * A driver and a GPU in plain Java, which runs the real PTX.
 *
 * <p>Work in a stream is done as late as the rules allow, or by chance a little earlier: when
 * somebody waits for it, or for work that is ordered behind it. So whoever forgets to wait reads
 * old memory, or has its own changed. What is used after it was given back is a {@link PtxFault},
 * and so is a call from a thread that has not entered the context.
 */
public final class SimulatedDriver implements Driver {
  /** Codes of cuda.h. */
  public static final int ILLEGAL_ADDRESS = 700;

  private static final long MEMORY_BYTES = 256L << 20;

  private final PtxMemory memory = new PtxMemory();
  private final Map<Long, Long> allocated = new HashMap<>();
  private final Map<Long, Arena> pinned = new HashMap<>();
  private final Map<String, Integer> live = new TreeMap<>();
  private final Map<Thread, OneContext> current = new WeakHashMap<>();
  private final List<OneStream> streams = new ArrayList<>();
  private final Random random;
  private long used;
  private long calls;
  private long failing = -1;
  private int code;
  private boolean lost;
  private int graphLaunches;

  private static final class OneContext implements Context {
    boolean closed;
  }

  private static final class OneStream implements Stream {
    final Deque<Work> work = new ArrayDeque<>();
  }

  /** Something to do in a stream. */
  private interface Work {
    /** {@return the moment that it waits for, or null} */
    default @Nullable Moment after() {
      return null;
    }

    void run();
  }

  /** One recording of an event. */
  private static final class Moment {
    final OneStream stream;
    boolean over;
    long number;

    Moment(OneStream stream) {
      this.stream = stream;
    }
  }

  private static final class OneEvent implements Event {
    final boolean timed;
    @Nullable Moment moment;
    boolean destroyed;

    OneEvent(boolean timed) {
      this.timed = timed;
    }
  }

  private static final class OneModule implements Module {
    final PtxMachine machine;
    boolean unloaded;

    OneModule(PtxMachine machine) {
      this.machine = machine;
    }
  }

  private record OneFunction(OneModule module, String name) implements Function {}

  /** A launch with its parameters, as they were when the call was made. */
  private record Started(OneFunction function, int blocks, int threads, List<Long> parameters) {}

  private static final class OneGraph implements Graph {
    final List<Started> launches;
    boolean destroyed;

    OneGraph(List<Started> launches) {
      this.launches = launches;
    }
  }

  /**
   * A driver.
   *
   * @param seed of the chance by which work is done early; equal ones do the same
   */
  public SimulatedDriver(long seed) {
    random = new Random(seed);
  }

  // ---- for tests

  /** {@return what is not given back, by kind} */
  public synchronized Map<String, Integer> live() {
    return Map.copyOf(live);
  }

  /** {@return how many calls there were that may fail} */
  public synchronized long calls() {
    return calls;
  }

  /** {@return how many graphs were launched} */
  public synchronized int graphLaunches() {
    return graphLaunches;
  }

  /**
   * Has a call fail.
   *
   * @param number of the call from now on, from 0
   * @param result what it returns
   */
  public synchronized void fail(long number, int result) {
    failing = calls + number;
    code = result;
  }

  /** Has no call fail that has not failed yet. */
  public synchronized void recover() {
    failing = -1;
  }

  /** {@return the simulated GPU} */
  public static Chip chip() {
    return new Chip(0, "Simulated GPU", 7, 0, MEMORY_BYTES, 4, 1_000_000, 12_000);
  }

  private void made(String kind) {
    live.merge(kind, 1, Integer::sum);
  }

  private void gone(String kind) {
    live.computeIfPresent(kind, (_, count) -> count == 1 ? null : count - 1);
  }

  /** A call that may fail; after an illegal address all of a context do. */
  private void call(String name) {
    if (calls++ == failing) {
      lost |= code == ILLEGAL_ADDRESS;
      throw new DriverException(name, code, "CODE_" + code);
    }
    if (lost) {
      throw new DriverException(name, ILLEGAL_ADDRESS, "CODE_" + ILLEGAL_ADDRESS);
    }
  }

  private void callInContext(String name) {
    OneContext entered = current.get(Thread.currentThread());
    require(entered != null && !entered.closed, name + " outside of a context");
    call(name);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new PtxFault(otherwise);
    }
  }

  private static <T> T present(@Nullable T value, String otherwise) {
    if (value == null) {
      throw new PtxFault(otherwise);
    }
    return value;
  }

  // ---- devices

  @Override
  public synchronized List<Chip> chips() {
    call("chips");
    return List.of(chip());
  }

  @Override
  public synchronized Context open(Chip chip) {
    call("open");
    made("context");
    return new OneContext();
  }

  @Override
  public synchronized void close(Context context, boolean wasLost) {
    require(wasLost || !lost, "a lost context is given back as if it were whole");
    ((OneContext) context).closed = true;
    gone("context");
    if (wasLost) {
      // All that was in it is gone.
      lost = false;
      live.clear();
      streams.clear();
      allocated.keySet().forEach(memory::free);
      allocated.clear();
      used = 0;
    }
  }

  @Override
  public synchronized void enter(Context context) {
    require(!((OneContext) context).closed, "a context is entered that was given back");
    current.put(Thread.currentThread(), (OneContext) context);
  }

  // ---- memory

  @Override
  public synchronized long allocate(long bytes) {
    callInContext("allocate");
    if (bytes > MEMORY_BYTES - used) {
      throw new DriverException("allocate", DriverException.OUT_OF_MEMORY, "CODE_2");
    }
    long address = memory.allocate(Math.toIntExact(bytes));
    // What is not written must not look like zeros.
    byte[] noise = new byte[(int) bytes];
    random.nextBytes(noise);
    memory.at(address).put(0, noise);
    allocated.put(address, bytes);
    used += bytes;
    made("allocation");
    return address;
  }

  @Override
  public synchronized void free(long address) {
    callInContext("free");
    // As the driver, it waits for all work.
    streams.forEach(stream -> runUntil(stream, null));
    used -= present(allocated.remove(address), "free of what is not allocated");
    memory.free(address);
    gone("allocation");
  }

  @Override
  public synchronized MemorySegment pin(long bytes) {
    callInContext("pin");
    Arena arena = Arena.ofShared();
    MemorySegment segment = arena.allocate(bytes, Long.BYTES);
    pinned.put(segment.address(), arena);
    made("pinned");
    return segment;
  }

  @Override
  public synchronized void unpin(MemorySegment segment) {
    callInContext("unpin");
    present(pinned.remove(segment.address()), "unpin of what is not pinned").close();
    gone("pinned");
  }

  private void requirePinned(MemorySegment segment) {
    require(
        pinned.keySet().stream().anyMatch(start -> segment.address() >= start)
            && segment.isNative(),
        "a copy of memory that is not pinned");
  }

  @Override
  public synchronized void upload(long target, MemorySegment source, Stream stream) {
    callInContext("upload");
    requirePinned(source);
    enqueue(
        stream,
        () ->
            MemorySegment.ofBuffer(memory.part(target, Math.toIntExact(source.byteSize())))
                .copyFrom(source));
  }

  @Override
  public synchronized void download(MemorySegment target, long source, Stream stream) {
    callInContext("download");
    requirePinned(target);
    enqueue(
        stream,
        () ->
            target.copyFrom(
                MemorySegment.ofBuffer(memory.part(source, Math.toIntExact(target.byteSize())))));
  }

  // ---- order

  private void enqueue(Stream stream, Work work) {
    OneStream own = (OneStream) stream;
    require(streams.contains(own), "work in a stream that was given back");
    own.work.add(work);
    if (random.nextInt(4) == 0) {
      // As if the GPU had been fast.
      OneStream any = streams.get(random.nextInt(streams.size()));
      for (int done = random.nextInt(3); done > 0 && !any.work.isEmpty(); done--) {
        step(any);
      }
    }
  }

  /** Does the next work of a stream, and before that what it waits for. */
  private void step(OneStream stream) {
    Work work = stream.work.remove();
    Moment after = work.after();
    if (after != null) {
      runUntil(after.stream, after);
    }
    work.run();
  }

  /** Does the work of a stream until a moment; all of it without one. */
  private void runUntil(OneStream stream, @Nullable Moment moment) {
    while (!stream.work.isEmpty() && (moment == null || !moment.over)) {
      step(stream);
    }
  }

  @Override
  public synchronized Stream stream() {
    callInContext("stream");
    OneStream stream = new OneStream();
    streams.add(stream);
    made("stream");
    return stream;
  }

  @Override
  public synchronized void destroy(Stream stream) {
    callInContext("destroy");
    require(streams.remove((OneStream) stream), "a stream is given back twice");
    require(((OneStream) stream).work.isEmpty(), "a stream is given back with work in it");
    gone("stream");
  }

  @Override
  public synchronized void await(Stream stream) {
    callInContext("await");
    runUntil((OneStream) stream, null);
  }

  @Override
  public synchronized Event event(boolean timed) {
    callInContext("event");
    made("event");
    return new OneEvent(timed);
  }

  @Override
  public synchronized void destroy(Event event) {
    callInContext("destroy");
    OneEvent own = (OneEvent) event;
    require(!own.destroyed, "an event is given back twice");
    own.destroyed = true;
    gone("event");
  }

  @Override
  public synchronized void record(Event event, Stream stream) {
    callInContext("record");
    OneEvent own = (OneEvent) event;
    require(!own.destroyed, "an event is recorded that was given back");
    Moment moment = new Moment((OneStream) stream);
    own.moment = moment;
    enqueue(
        stream,
        () -> {
          moment.over = true;
          moment.number = System.nanoTime();
        });
  }

  private static Moment moment(Event event) {
    return present(((OneEvent) event).moment, "an event that was never recorded");
  }

  @Override
  public synchronized void order(Event event, Stream after) {
    callInContext("order");
    Moment moment = moment(event);
    enqueue(
        after,
        new Work() {
          @Override
          public Moment after() {
            return moment;
          }

          @Override
          public void run() {
            // What comes next was waiting, and nothing else is to be done.
          }
        });
  }

  @Override
  public synchronized void await(Event event) {
    callInContext("await");
    Moment moment = moment(event);
    runUntil(moment.stream, moment);
  }

  @Override
  public synchronized float milliseconds(Event start, Event end) {
    callInContext("milliseconds");
    Moment first = moment(start);
    Moment last = moment(end);
    require(first.over && last.over, "a moment that is not over");
    require(((OneEvent) start).timed && ((OneEvent) end).timed, "an event that keeps no time");
    return (last.number - first.number) * 1e-6f;
  }

  // ---- kernels

  @Override
  public synchronized Module module(String ptx) {
    callInContext("module");
    made("module");
    return new OneModule(new PtxMachine(ptx));
  }

  @Override
  public synchronized void unload(Module module) {
    callInContext("unload");
    OneModule own = (OneModule) module;
    require(!own.unloaded, "a module is given back twice");
    own.unloaded = true;
    gone("module");
  }

  @Override
  public synchronized Function function(Module module, String name) {
    callInContext("function");
    return new OneFunction((OneModule) module, name);
  }

  private static Started started(Call call) {
    MemorySegment block = call.parameters();
    int count = (int) (block.byteSize() / (2 * Long.BYTES));
    List<Long> parameters =
        IntStream.range(0, count)
            .mapToObj(i -> value(block.getAtIndex(ValueLayout.JAVA_LONG, i)))
            .toList();
    return new Started((OneFunction) call.function(), call.blocks(), call.threads(), parameters);
  }

  @SuppressWarnings("restricted") // the address is all that a driver is given
  private static long value(long address) {
    return MemorySegment.ofAddress(address).reinterpret(Long.BYTES).get(ValueLayout.JAVA_LONG, 0);
  }

  private void run(Started launch) {
    require(!launch.function.module.unloaded, "a launch of a module that was given back");
    launch.function.module.machine.launch(
        launch.function.name, memory, launch.blocks, launch.threads, launch.parameters);
  }

  @Override
  public synchronized void launch(Call call, Stream stream) {
    callInContext("launch");
    Started launch = started(call);
    enqueue(stream, () -> run(launch));
  }

  @Override
  public synchronized Graph graph(List<Call> launches) {
    callInContext("graph");
    made("graph");
    return new OneGraph(new ArrayList<>(launches.stream().map(SimulatedDriver::started).toList()));
  }

  @Override
  public synchronized void update(Graph graph, int number, Call call) {
    callInContext("update");
    ((OneGraph) graph).launches.set(number, started(call));
  }

  @Override
  public synchronized void launch(Graph graph, Stream stream) {
    callInContext("launch");
    OneGraph own = (OneGraph) graph;
    require(!own.destroyed, "a launch of a graph that was given back");
    graphLaunches++;
    List.copyOf(own.launches).forEach(launch -> enqueue(stream, () -> run(launch)));
  }

  @Override
  public synchronized void destroy(Graph graph) {
    callInContext("destroy");
    OneGraph own = (OneGraph) graph;
    require(!own.destroyed, "a graph is given back twice");
    own.destroyed = true;
    gone("graph");
  }
}
