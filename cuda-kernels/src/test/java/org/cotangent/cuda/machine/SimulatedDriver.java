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

  /** Of 8 bytes each, what PTX 8.0 has room for. */
  private static final int MOST_PARAMETERS = 512;

  private final PtxMemory memory = new PtxMemory();
  private final Map<Long, Allocation> allocated = new HashMap<>();
  private final TreeMap<Long, Pinned> pinned = new TreeMap<>();
  private final Map<Chip, OneContext> contexts = new HashMap<>();
  private final Map<String, Integer> live = new TreeMap<>();
  private final Map<Thread, OneContext> current = new WeakHashMap<>();
  private final List<OneStream> streams = new ArrayList<>();
  private final Random random;
  private final List<Chip> chips;
  private long calls;
  private long failing = -1;
  private int code;
  private int graphLaunches;

  /** What the users of a GPU share. */
  private static final class OneContext implements Context {
    final Chip chip;
    int users;
    long used;
    boolean lost;

    OneContext(Chip chip) {
      this.chip = chip;
    }
  }

  private record Allocation(OneContext context, long bytes) {}

  private record Pinned(Arena arena, MemorySegment memory) {}

  private static final class OneStream implements Stream {
    final OneContext context;
    final Deque<Work> work = new ArrayDeque<>();

    OneStream(OneContext context) {
      this.context = context;
    }
  }

  /** Something to do in a stream. */
  private interface Work {
    /** {@return the moment that it waits for, or null} */
    default @Nullable Moment after() {
      return null;
    }

    /** {@return the module that it runs a function of, or null} */
    default @Nullable OneModule module() {
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
    final OneContext context;
    final boolean timed;
    @Nullable Moment moment;
    boolean destroyed;

    OneEvent(OneContext context, boolean timed) {
      this.context = context;
      this.timed = timed;
    }
  }

  private static final class OneModule implements Module {
    final OneContext context;
    final PtxMachine machine;
    boolean unloaded;

    OneModule(OneContext context, PtxMachine machine) {
      this.context = context;
      this.machine = machine;
    }
  }

  private record OneFunction(OneModule module, String name) implements Function {}

  /** A launch with its parameters, as they were when the call was made. */
  private record Started(OneFunction function, int blocks, int threads, List<Long> parameters) {}

  private static final class OneGraph implements Graph {
    final OneContext context;
    final List<Started> launches;
    boolean destroyed;

    /** The launch that was enqueued last. */
    @Nullable Moment last;

    OneGraph(OneContext context, List<Started> launches) {
      this.context = context;
      this.launches = launches;
    }
  }

  /**
   * A driver of two GPUs of compute capability 7.0.
   *
   * @param seed of the chance by which work is done early; equal ones do the same
   */
  public SimulatedDriver(long seed) {
    this(seed, chip(0), chip(1));
  }

  /**
   * A driver.
   *
   * @param seed of the chance by which work is done early; equal ones do the same
   * @param chips what it has
   */
  public SimulatedDriver(long seed, Chip... chips) {
    random = new Random(seed);
    this.chips = List.of(chips);
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

  /** {@return the first of two simulated GPUs} */
  public static Chip chip() {
    return chip(0);
  }

  /**
   * {@return one of two simulated GPUs}
   *
   * @param index 0 or 1
   */
  public static Chip chip(int index) {
    return chip(index, 7);
  }

  /**
   * {@return a simulated GPU}
   *
   * @param index among those of the driver
   * @param major of its compute capability, whose minor is 0
   */
  public static Chip chip(int index, int major) {
    return new Chip(index, "Simulated GPU", major, 0, MEMORY_BYTES, 4, 1_000_000, 12_000);
  }

  private void made(String kind) {
    live.merge(kind, 1, Integer::sum);
  }

  private void gone(String kind) {
    live.computeIfPresent(kind, (_, count) -> count == 1 ? null : count - 1);
  }

  /** A call that may fail. */
  private void call(String name) {
    if (calls++ == failing) {
      throw new DriverException(name, code, "CODE_" + code);
    }
  }

  /** A call in this thread's context; after an illegal address all of them fail. */
  private OneContext callInContext(String name) {
    OneContext entered = current.get(Thread.currentThread());
    if (entered == null || entered.users == 0) {
      throw new PtxFault(name + " outside of a context");
    }
    if (calls == failing && code == ILLEGAL_ADDRESS) {
      entered.lost = true;
    }
    call(name);
    if (entered.lost) {
      throw new DriverException(name, ILLEGAL_ADDRESS, "CODE_" + ILLEGAL_ADDRESS);
    }
    return entered;
  }

  /** The same of a call with something that has to be this context's. */
  private void callInContext(String name, OneContext own) {
    require(callInContext(name) == own, name + " with what is another context's");
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
    return chips;
  }

  @Override
  public synchronized Context open(Chip chip) {
    call("open");
    made("context");
    OneContext context = contexts.computeIfAbsent(chip, OneContext::new);
    context.users++;
    return context;
  }

  @Override
  public synchronized void close(Context context) {
    call("close");
    OneContext own = (OneContext) context;
    require(own.users > 0, "a context is given back too often");
    gone("context");
    if (--own.users == 0) {
      end(own);
    }
  }

  /** The last user is gone: if the context was lost, so is all that was in it. */
  private void end(OneContext context) {
    contexts.remove(context.chip);
    if (context.lost) {
      live.clear();
      contexts.values().forEach(other -> live.put("context", other.users));
      streams.removeIf(stream -> stream.context == context);
      allocated
          .entrySet()
          .removeIf(each -> {
            boolean isIts = each.getValue().context == context;
            if (isIts) {
              memory.free(each.getKey());
            }
            return isIts;
          });
    }
  }

  @Override
  public synchronized void enter(Context context) {
    require(((OneContext) context).users > 0, "a context is entered that was given back");
    current.put(Thread.currentThread(), (OneContext) context);
  }

  // ---- memory

  @Override
  public synchronized long allocate(long bytes) {
    OneContext context = callInContext("allocate");
    if (bytes > MEMORY_BYTES - context.used) {
      throw new DriverException("allocate", DriverException.OUT_OF_MEMORY, "CODE_2");
    }
    long address = memory.allocate(Math.toIntExact(bytes));
    // What is not written must not look like zeros.
    byte[] noise = new byte[(int) bytes];
    random.nextBytes(noise);
    memory.at(address).put(0, noise);
    allocated.put(address, new Allocation(context, bytes));
    context.used += bytes;
    made("allocation");
    return address;
  }

  /** Does not wait for work, as a real driver may not: work that comes to it later is a fault. */
  @Override
  public synchronized void free(long address) {
    Allocation allocation = present(allocated.get(address), "free of what is not allocated");
    callInContext("free", allocation.context);
    allocated.remove(address);
    allocation.context.used -= allocation.bytes;
    memory.free(address);
    gone("allocation");
  }

  @Override
  public synchronized MemorySegment pin(long bytes) {
    callInContext("pin");
    Arena arena = Arena.ofShared();
    MemorySegment segment = arena.allocate(bytes, Long.BYTES);
    pinned.put(segment.address(), new Pinned(arena, segment));
    made("pinned");
    return segment;
  }

  @Override
  public synchronized void unpin(MemorySegment segment) {
    callInContext("unpin");
    present(pinned.remove(segment.address()), "unpin of what is not pinned").arena.close();
    gone("pinned");
  }

  private void requirePinned(MemorySegment segment) {
    Map.Entry<Long, Pinned> below = pinned.floorEntry(segment.address());
    require(
        below != null
            && segment.address() + segment.byteSize()
                <= below.getKey() + below.getValue().memory.byteSize(),
        "a copy of memory that is not pinned");
  }

  @Override
  public synchronized void upload(long target, MemorySegment source, Stream stream) {
    callInContext("upload", ((OneStream) stream).context);
    requirePinned(source);
    enqueue(
        stream,
        () ->
            MemorySegment.ofBuffer(memory.part(target, Math.toIntExact(source.byteSize())))
                .copyFrom(source));
  }

  @Override
  public synchronized void download(MemorySegment target, long source, Stream stream) {
    callInContext("download", ((OneStream) stream).context);
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
    OneStream stream = new OneStream(callInContext("stream"));
    streams.add(stream);
    made("stream");
    return stream;
  }

  @Override
  public synchronized void destroy(Stream stream) {
    callInContext("destroy", ((OneStream) stream).context);
    require(streams.remove((OneStream) stream), "a stream is given back twice");
    require(((OneStream) stream).work.isEmpty(), "a stream is given back with work in it");
    gone("stream");
  }

  /** A wait that fails has waited all the same. */
  @Override
  public synchronized void await(Stream stream) {
    runUntil((OneStream) stream, null);
    callInContext("await", ((OneStream) stream).context);
  }

  @Override
  public synchronized Event event(boolean timed) {
    OneContext context = callInContext("event");
    made("event");
    return new OneEvent(context, timed);
  }

  @Override
  public synchronized void destroy(Event event) {
    OneEvent own = (OneEvent) event;
    callInContext("destroy", own.context);
    require(!own.destroyed, "an event is given back twice");
    own.destroyed = true;
    gone("event");
  }

  @Override
  public synchronized void record(Event event, Stream stream) {
    OneEvent own = (OneEvent) event;
    callInContext("record", own.context);
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
    OneEvent own = (OneEvent) event;
    require(!own.destroyed, "an event is used that was given back");
    return present(own.moment, "an event that was never recorded");
  }

  @Override
  public synchronized void order(Event event, Stream after) {
    callInContext("order", ((OneStream) after).context);
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
    Moment moment = moment(event);
    runUntil(moment.stream, moment);
    callInContext("await", ((OneEvent) event).context);
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
    OneContext context = callInContext("module");
    PtxMachine machine = new PtxMachine(ptx);
    require(
        machine.capability() <= 10 * context.chip.major() + context.chip.minor(),
        "a module is for later chips than " + context.chip);
    made("module");
    return new OneModule(context, machine);
  }

  @Override
  public synchronized void unload(Module module) {
    OneModule own = (OneModule) module;
    callInContext("unload", own.context);
    require(!own.unloaded, "a module is given back twice");
    require(
        streams.stream().flatMap(stream -> stream.work.stream()).noneMatch(w -> w.module() == own),
        "a module is given back that work in a stream uses");
    own.unloaded = true;
    gone("module");
  }

  @Override
  public synchronized Function function(Module module, String name) {
    OneModule own = (OneModule) module;
    callInContext("function", own.context);
    require(own.machine.has(name), "no function " + name);
    return new OneFunction(own, name);
  }

  private static Started started(Call call) {
    MemorySegment block = call.parameters();
    int count = (int) (block.byteSize() / (2 * Long.BYTES));
    require(count <= MOST_PARAMETERS, count + " parameters");
    require(call.blocks() > 0 && call.threads() > 0 && call.threads() <= 1024, "an empty launch");
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

  private Work work(Started launch) {
    return new Work() {
      @Override
      public OneModule module() {
        return launch.function.module;
      }

      @Override
      public void run() {
        launch.function.module.machine.launch(
            launch.function.name, memory, launch.blocks, launch.threads, launch.parameters);
      }
    };
  }

  private void enqueue(Started launch, OneStream stream) {
    OneModule module = launch.function.module;
    require(!module.unloaded, "a launch of a module that was given back");
    require(module.context == stream.context, "a launch in another context");
    enqueue(stream, work(launch));
  }

  @Override
  public synchronized void launch(Call call, Stream stream) {
    callInContext("launch", ((OneStream) stream).context);
    enqueue(started(call), (OneStream) stream);
  }

  @Override
  public synchronized Graph graph(List<Call> launches) {
    OneContext context = callInContext("graph");
    made("graph");
    return new OneGraph(
        context, new ArrayList<>(launches.stream().map(SimulatedDriver::started).toList()));
  }

  @Override
  public synchronized void update(Graph graph, int number, Call call) {
    OneGraph own = (OneGraph) graph;
    callInContext("update", own.context);
    require(!own.destroyed, "an update of a graph that was given back");
    own.launches.set(number, started(call));
  }

  @Override
  public synchronized void launch(Graph graph, Stream stream) {
    OneGraph own = (OneGraph) graph;
    OneStream in = (OneStream) stream;
    callInContext("launch", own.context);
    require(!own.destroyed, "a launch of a graph that was given back");
    graphLaunches++;
    List.copyOf(own.launches).forEach(launch -> enqueue(launch, in));
    Moment last = new Moment(in);
    own.last = last;
    enqueue(stream, () -> last.over = true);
  }

  @Override
  public synchronized void destroy(Graph graph) {
    OneGraph own = (OneGraph) graph;
    callInContext("destroy", own.context);
    require(!own.destroyed, "a graph is given back twice");
    require(own.last == null || own.last.over, "a graph is given back that still runs");
    own.destroyed = true;
    gone("graph");
  }
}
