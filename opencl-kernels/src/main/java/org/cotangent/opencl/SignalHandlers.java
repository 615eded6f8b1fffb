package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the JVM's signal handlers across calls of a driver.
 *
 * <p>The JVM lives on SIGSEGV: it is how compiled code finds a null and stops at a safepoint. A
 * driver that is built on LLVM, as PoCL is, installs handlers of its own when it starts or first
 * compiles. Those hand the first fault back, but two threads that fault at once end the process
 * without a word. LLVM installs them once in a process, so what is put back stays. The call that
 * installs them can go on for a second, so they are put back while it runs, not after it.
 */
final class SignalHandlers {
  /** More than {@code struct sigaction} has on any system. */
  private static final long STRUCT = 256;

  /** Systems number signals differently, but below this. */
  private static final int SIGNALS = 32;

  /** Of Linux, macOS and the BSDs. */
  private static final int SIGSEGV = 11;

  /** From one look at the handler to the next. */
  private static final long LOOK_NANOS = 20_000;

  /** Empty where there are no such handlers: on Windows. */
  private static final Optional<MethodHandle> SIGACTION = sigaction();

  /** While calls go on: with the handlers that the first of them found. */
  private static @Nullable Guard guard;

  private static int calls;

  private SignalHandlers() {}

  @SuppressWarnings("restricted") // the module has native access, else no driver is loaded
  private static Optional<MethodHandle> sigaction() {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("sigaction")
        .map(address ->
            linker.downcallHandle(
                address,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS)));
  }

  /**
   * {@return what a call returns} Afterwards all handlers are what they were before it.
   *
   * @param call into a driver
   * @param <T> type of its result
   */
  static <T> T kept(Supplier<T> call) {
    if (SIGACTION.isEmpty()) {
      return call.get();
    }
    enter();
    try {
      return call.get();
    } finally {
      leave();
    }
  }

  private static synchronized void enter() {
    if (guard == null) {
      guard = new Guard();
    }
    calls++;
  }

  private static synchronized void leave() {
    calls--;
    if (calls == 0 && guard != null) {
      guard.end();
      guard = null;
    }
  }

  /** Puts handlers back as soon as they are replaced, from a thread of its own, until the end. */
  private static final class Guard {
    private final List<MemorySegment> kept = handlers(Arena.ofAuto());
    private final Thread watch =
        Thread.ofPlatform().daemon().name("cotangent-signal-handlers").unstarted(this::look);
    private volatile boolean over;

    Guard() {
      watch.start();
    }

    /** Looks at one signal: LLVM installs all at once, and each look ought to be short. */
    private void look() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment now = arena.allocate(STRUCT, Long.BYTES);
        while (!over) {
          set(SIGSEGV, MemorySegment.NULL, now);
          if (address(now) != address(kept.get(SIGSEGV))) {
            set(SIGSEGV, kept.get(SIGSEGV), MemorySegment.NULL);
          }
          LockSupport.parkNanos(LOOK_NANOS);
        }
      }
    }

    private void putBack() {
      try (Arena arena = Arena.ofConfined()) {
        for (int signal : changed(kept, handlers(arena))) {
          set(signal, kept.get(signal), MemorySegment.NULL);
        }
      }
    }

    /** Leaves the handlers as they were, and no thread. */
    void end() {
      over = true;
      boolean interrupted = Thread.interrupted();
      while (watch.isAlive()) {
        try {
          watch.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      putBack();
    }
  }

  /**
   * {@return the handlers of all signals, by number}
   *
   * @param arena where they are written
   */
  static List<MemorySegment> handlers(SegmentAllocator arena) {
    return IntStream.range(0, SIGNALS)
        .mapToObj(signal -> {
          MemorySegment handler = arena.allocate(STRUCT, Long.BYTES);
          set(signal, MemorySegment.NULL, handler);
          return handler;
        })
        .toList();
  }

  /** {@return the signals whose handlers differ} */
  static List<Integer> changed(List<MemorySegment> before, List<MemorySegment> after) {
    return IntStream.range(0, SIGNALS)
        .filter(signal -> address(before.get(signal)) != address(after.get(signal)))
        .boxed()
        .toList();
  }

  /** The first word; of what follows, libraries leave parts unwritten. */
  private static long address(MemorySegment handler) {
    return handler.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Refuses numbers that are no signals or whose handlers cannot be asked for; nothing changes. */
  static void set(int signal, MemorySegment handler, MemorySegment before) {
    SIGACTION.ifPresent(call -> invoke(call, signal, handler, before));
  }

  private static int invoke(
      MethodHandle call, int signal, MemorySegment handler, MemorySegment before) {
    try {
      return (int) call.invokeExact(signal, handler, before);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
