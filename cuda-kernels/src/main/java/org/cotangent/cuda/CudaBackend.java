package org.cotangent.cuda;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.ptx.Kernels;
import org.cotangent.cuda.ptx.Traits;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A GPU.
 *
 * <p>Rules. A run holds {@code runs} for reading, so {@link #close} waits until all of it is
 * launched, and then for the GPU; what comes later is a {@link ClosedException}. Programs are
 * closed with their device.
 */
final class CudaBackend implements Backend {
  private final Kernels kernels;
  private final CudaContext context;
  private final CudaMemory memory;
  private final ReentrantReadWriteLock runs = new ReentrantReadWriteLock();

  /** Loaded and not closed. */
  private final Set<CudaProgram> programs = ConcurrentHashMap.newKeySet();

  /** Written with {@link #runs} held for writing. */
  private boolean closed;

  /**
   * Opens a GPU.
   *
   * @param driver of the machine, or a simulated one
   * @param chip which GPU
   * @param options whether times are measured, and whether float32 may be rounded to tf32
   * @throws DeviceException if it cannot be opened
   */
  CudaBackend(Driver driver, Chip chip, BackendOptions options) {
    kernels =
        new Kernels(new Traits(10 * chip.major() + chip.minor(), chip.units(), options.tf32()));
    context = new CudaContext(driver, chip, options.profiling());
    memory = new CudaMemory(context);
  }

  @Override
  public String description() {
    Chip chip = context.chip();
    return "%s: %s, compute capability %d.%d, %d units"
        .formatted(context.name(), chip.model(), chip.major(), chip.minor(), chip.units());
  }

  @Override
  public CudaMemory memory() {
    return memory;
  }

  /** {@return the opened GPU} */
  CudaContext context() {
    return context;
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
      throw new ClosedException(context.name() + ": the device was closed; open it again");
    }
  }

  /** Ends what {@link #enter} began, on the same thread. */
  void leave() {
    runs.readLock().unlock();
  }

  /** Forgets a program that is closed. */
  void forget(CudaProgram program) {
    programs.remove(program);
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return false;
  }

  @Override
  public FusionLimits limits() {
    return Kernels.limits();
  }

  @Override
  public boolean multiplies(DType dtype) {
    return kernels.multiplies(dtype);
  }

  @Override
  public long workspace(Kernel kernel) {
    return Kernels.workspace(kernel);
  }

  @Override
  public LoadedProgram load(Program program) {
    enter();
    try {
      CudaProgram loaded = new CudaProgram(this, program, kernels.launches(program));
      programs.add(loaded);
      return loaded;
    } finally {
      leave();
    }
  }

  @Override
  public void synchronize() {
    enter();
    try {
      context.entered().await(context.stream());
    } catch (DriverException e) {
      throw context.failure("synchronize", e);
    } finally {
      leave();
    }
  }

  /** Closes the device, once what was launched is over. A second call does nothing. */
  @Override
  public void close() {
    runs.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        // Each waits for what it has launched.
        programs.forEach(CudaProgram::close);
        memory.close();
        context.close();
      }
    } finally {
      runs.writeLock().unlock();
    }
  }
}
