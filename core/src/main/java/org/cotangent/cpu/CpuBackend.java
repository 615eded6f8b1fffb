package org.cotangent.cpu;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.cpu.gemm.Gemm;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tier.VectorWidth;
import org.cotangent.cpu.tile.TileOps;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * The CPU. With the module {@code jdk.incubator.vector} its loops are vector instructions; without
 * it they are plain Java with the same bits.
 *
 * <p>Rules. A run holds {@code runs} for reading, so {@link #close} waits for the runs in flight
 * and frees memory only when no kernel touches it; what comes later is a {@link ClosedException}.
 *
 * <p>System properties: {@code cotangent.vector} = false keeps the plain loops; {@code
 * cotangent.prove} = false has vectors run at once, though they are slow at first; {@code
 * cotangent.fuse} = false leaves one loop for each instruction; {@code cotangent.vector.bits} =
 * 128, 256 or 512 is the width of vectors.
 */
public final class CpuBackend implements Backend {
  private final CpuMemory memory = new CpuMemory();
  private final CpuPool pool;
  private final @Nullable TierUp tierUp;
  private final Codes codes;
  private final Gemm gemm;
  private final Loops loops;
  private final ReduceStep.Order order;
  private final Joining joining;
  private final boolean profiling;

  private final ReentrantReadWriteLock runs = new ReentrantReadWriteLock();

  /** Written with {@link #runs} held for writing. */
  private boolean closed;

  /**
   * Opens the CPU.
   *
   * @param options how many threads, and whether kernels are measured
   * @throws ArgumentException if their number is negative
   * @throws DeviceException if the selector is not that of the one CPU
   */
  public CpuBackend(BackendOptions options) {
    this(
        options,
        Loops.wanted(),
        ReduceStep.Order.ANY,
        Joining.USUAL,
        () -> System.getLogger(CpuBackend.class.getPackageName()));
  }

  /**
   * With all choices: for tests, because they do not change results. The logger is asked for when
   * something is to be said: logging takes longer to start than a small program.
   */
  CpuBackend(
      BackendOptions options,
      Loops wanted,
      ReduceStep.Order order,
      Joining joining,
      Supplier<System.Logger> logger) {
    if (options.threads() < 0) {
      throw new ArgumentException(
          "cpu: " + options.threads() + " threads; pass a positive number, or 0 for one a core");
    }
    if (!options.selector().isEmpty() && !options.selector().equals("0")) {
      throw new DeviceException(
          "device cpu:%s is unknown: there is one CPU; name it cpu or cpu:0"
              .formatted(options.selector()));
    }
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    SegmentClasses.load();
    loops = wanted == Loops.PLAIN ? wanted : possible(wanted, logger);
    pool = new CpuPool(threads, "cotangent-cpu");
    tierUp = loops == Loops.TIERED ? new TierUp() : null;
    codes = new Codes(loops.tileOps(tierUp), tierUp, loops == Loops.VECTOR);
    gemm = loops.gemm(tierUp);
    this.order = order;
    this.joining = joining;
    profiling = options.profiling();
  }

  private static Loops possible(Loops wanted, Supplier<System.Logger> logger) {
    if (!hasVectors()) {
      logger
          .get()
          .log(
              System.Logger.Level.WARNING,
              "cpu: the module jdk.incubator.vector is missing, so loops are plain and slower; "
                  + "start the JVM with --add-modules jdk.incubator.vector");
      return Loops.PLAIN;
    }
    if (System.getProperty("java.vm.info", "").contains("interpreted")) {
      logger
          .get()
          .log(
              System.Logger.Level.WARNING,
              "cpu: this JVM compiles nothing, so loops are plain and slower; start it without"
                  + " -Xint");
      return Loops.PLAIN;
    }
    VectorWidth.check();
    return wanted;
  }

  /** {@return what is known of the CPU without opening it} */
  static DeviceFacts facts() {
    long memory =
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : 0;
    int cores = Runtime.getRuntime().availableProcessors();
    String architecture = System.getProperty("os.arch", "");
    String vm = System.getProperty("java.vm.vendor", "");
    List<String> notes =
        hasVectors()
            ? List.of("vectors of " + VectorWidth.shape().vectorBitSize() + " bits")
            : List.of("plain loops: start the JVM with --add-modules jdk.incubator.vector");
    return new DeviceFacts("cpu", architecture, vm, memory, memory, cores, notes);
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule(TileOps.VECTOR_MODULE).isPresent();
  }

  @Override
  public String description() {
    int threads = pool.threads();
    String kind =
        loops == Loops.PLAIN
            ? "plain loops"
            : "vectors of " + VectorWidth.shape().vectorBitSize() + " bits";
    return "cpu: " + threads + (threads == 1 ? " thread, " : " threads, ") + kind;
  }

  @Override
  public CpuMemory memory() {
    return memory;
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return false;
  }

  @Override
  public FusionLimits limits() {
    // With more instructions a tile's registers no longer stay in the first-level cache.
    return new FusionLimits(128, Integer.MAX_VALUE, false);
  }

  @Override
  public LoadedProgram load(Program program) {
    enter();
    try {
      return new CpuProgram(
          this,
          program,
          new Steps(codes, gemm, pool.threads(), order, profiling ? Joining.NONE : joining),
          profiling);
    } finally {
      leave();
    }
  }

  /** {@return the threads} */
  CpuPool pool() {
    return pool;
  }

  /**
   * Keeps the backend open until {@link #leave}.
   *
   * @throws ClosedException if it is closed
   */
  void enter() {
    runs.readLock().lock();
    if (closed) {
      runs.readLock().unlock();
      throw new ClosedException("cpu: the device was closed; open it again");
    }
  }

  /** Ends what {@link #enter} began, on the same thread. */
  void leave() {
    runs.readLock().unlock();
  }

  /**
   * Closes the device, once the runs in flight are over. Runs that start meanwhile, and all later
   * ones, throw {@link ClosedException}. A second call does nothing.
   *
   * @throws DeviceException if called from inside a run
   */
  @Override
  public void close() {
    if (runs.getReadHoldCount() > 0) {
      throw new DeviceException("cpu: closed by one of its own runs; close it after the run");
    }
    runs.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        if (tierUp != null) {
          tierUp.close();
        }
        pool.close();
        memory.close();
      }
    } finally {
      runs.writeLock().unlock();
    }
  }
}
