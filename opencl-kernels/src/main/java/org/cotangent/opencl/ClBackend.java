package org.cotangent.opencl;

import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.backend.Backend;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.opencl.kernel.Launch;
import org.cotangent.type.TensorType;

/**
 * An OpenCL device.
 *
 * <p>Rules. A run holds {@code runs} for reading, so {@link #close} waits for the runs in flight
 * and frees memory only when no kernel touches it; what comes later is a {@link ClosedException}. A
 * program that is closed after its device only lets go of what is gone already.
 */
final class ClBackend implements Backend {
  private final ClContext context;
  private final ClMemory memory;
  private final Kernels kernels;
  private final ReentrantReadWriteLock runs = new ReentrantReadWriteLock();

  /** Written with {@link #runs} held for writing. */
  private boolean closed;

  /**
   * Opens a device.
   *
   * @throws DeviceException if it cannot be opened
   */
  ClBackend(ClDevice device, boolean profiling, BinaryCache binaries) {
    this(device, new Kernels(device.traits()), profiling, binaries);
  }

  /** With kernels for other traits or of other tiles: for tests, and to try tiles. */
  ClBackend(ClDevice device, Kernels kernels, boolean profiling, BinaryCache binaries) {
    this.kernels = kernels;
    context = new ClContext(device, profiling, binaries);
    try {
      memory = new ClMemory(context);
    } catch (DeviceException e) {
      context.close();
      throw e;
    }
  }

  @Override
  public String description() {
    ClDevice device = context.device();
    return device.name() + ": " + device.model() + ", " + device.units() + " units";
  }

  @Override
  public ClMemory memory() {
    return memory;
  }

  /** {@return the opened device} */
  ClContext context() {
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
      throw new ClosedException(context.device().name() + ": the device was closed; open it again");
    }
  }

  /** Ends what {@link #enter} began, on the same thread. */
  void leave() {
    runs.readLock().unlock();
  }

  /** {@return whether the device is closed}, for those who {@link #enter} is refused to */
  boolean closed() {
    runs.readLock().lock();
    try {
      return closed;
    } finally {
      runs.readLock().unlock();
    }
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
      throw new DeviceException(
          context.device().name() + ": closed by one of its own runs; close it after the run");
    }
    runs.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        memory.close();
        context.close();
      }
    } finally {
      runs.writeLock().unlock();
    }
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return false;
  }

  @Override
  public FusionLimits limits() {
    return kernels.limits();
  }

  @Override
  public long workspace(Kernel kernel) {
    return kernels.workspace(kernel);
  }

  @Override
  public LoadedProgram load(Program program) {
    enter();
    try {
      // What is measured is each kernel's own time.
      List<List<Launch>> launches =
          context.profiling() ? kernels.launches(program) : List.of(kernels.joined(program));
      return new ClProgram(this, program, launches);
    } finally {
      leave();
    }
  }
}
