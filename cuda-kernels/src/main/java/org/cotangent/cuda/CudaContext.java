package org.cotangent.cuda;

import java.lang.System.Logger.Level;
import org.cotangent.backend.Modules;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.ptx.Source;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;

/**
 * An opened GPU: its context, the stream that kernels run in, their functions.
 *
 * <p>Rules. Kernels run in one stream, so that memory which one run has given back may be given to
 * the next while the first is still under way. What is given back when the context is lost fails;
 * that is only logged, because there is nothing else to be done.
 */
final class CudaContext implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(CudaContext.class.getPackageName());

  private final Driver driver;
  private final Chip chip;
  private final boolean profiling;
  private final Driver.Context handle;
  private final Driver.Stream stream;
  private final Modules<Source, CudaModule> modules;
  private volatile boolean lost;

  /**
   * Opens a GPU.
   *
   * @param profiling whether the time of each kernel is measured
   * @throws DeviceException if it cannot be opened
   */
  CudaContext(Driver driver, Chip chip, boolean profiling) {
    this.driver = driver;
    this.chip = chip;
    this.profiling = profiling;
    try {
      handle = driver.open(chip);
    } catch (DriverException e) {
      throw failure("open", e);
    }
    try {
      driver.enter(handle);
      stream = driver.stream();
    } catch (DriverException e) {
      DeviceException failure = failure("open", e);
      release("context", () -> driver.close(handle));
      throw failure;
    }
    modules = CudaModule.of(this);
  }

  /** {@return the driver, in whose context this thread is from now on} */
  Driver entered() {
    driver.enter(handle);
    return driver;
  }

  Chip chip() {
    return chip;
  }

  /** {@return what selects the GPU, as in {@code cuda:0}} */
  String name() {
    return CudaDevices.name(chip);
  }

  boolean profiling() {
    return profiling;
  }

  /** {@return the stream that kernels run in} */
  Driver.Stream stream() {
    return stream;
  }

  /** {@return the functions that it has} */
  Modules<Source, CudaModule> modules() {
    return modules;
  }

  /**
   * {@return the exception for a failed call}
   *
   * @param op what was done, as in {@code write}
   * @param error what the call threw
   */
  DeviceException failure(String op, DriverException error) {
    note(error);
    String message = name() + ": " + op + ": " + error.getMessage() + "; " + error.advice();
    if (error.isOutOfMemory()) {
      DeviceMemoryException exception = new DeviceMemoryException(message);
      exception.initCause(error);
      return exception;
    }
    return new DeviceException(message, error);
  }

  private void note(DriverException error) {
    if (error.isLost()) {
      lost = true;
    }
  }

  /**
   * Gives something back; a failure is only logged.
   *
   * @param what it is
   * @param call that gives it back
   */
  void release(String what, Runnable call) {
    try {
      call.run();
    } catch (DriverException e) {
      note(e);
      Level level = lost ? Level.DEBUG : Level.WARNING;
      LOGGER.log(level, name() + ": release of a " + what + " failed", e);
    }
  }

  /** Gives all back, whether or not the GPU still answers. Called once, when nothing runs. */
  @Override
  public void close() {
    release("stream's work", () -> entered().await(stream));
    modules.close();
    release("stream", () -> entered().destroy(stream));
    release("context", () -> driver.close(handle));
  }
}
