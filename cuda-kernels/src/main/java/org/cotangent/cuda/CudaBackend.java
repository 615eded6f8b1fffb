package org.cotangent.cuda;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Gate;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.ptx.Kernels;
import org.cotangent.cuda.ptx.Traits;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A GPU.
 *
 * <p>Rules. A run is inside the {@code gate} until all of it is launched; {@link #close} waits for
 * that, and then for the GPU. Programs are closed with their device.
 */
final class CudaBackend implements Backend {
  private final Kernels kernels;
  private final CudaContext context;
  private final DeviceMemory<Long> memory;
  private final Gate gate;

  /** Loaded and not closed. */
  private final Set<CudaProgram> programs = ConcurrentHashMap.newKeySet();

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
    memory = CudaMemory.of(context);
    gate = new Gate(context.name());
  }

  @Override
  public String description() {
    Chip chip = context.chip();
    return "%s: %s, compute capability %d.%d, %d units"
        .formatted(context.name(), chip.model(), chip.major(), chip.minor(), chip.units());
  }

  @Override
  public DeviceMemory<Long> memory() {
    return memory;
  }

  /** {@return the opened GPU} */
  CudaContext context() {
    return context;
  }

  /** {@return what runs go through} */
  Gate gate() {
    return gate;
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
    gate.enter();
    try {
      CudaProgram loaded = new CudaProgram(this, program, kernels.launches(program));
      programs.add(loaded);
      return loaded;
    } finally {
      gate.leave();
    }
  }

  @Override
  public void synchronize() {
    gate.enter();
    try {
      context.entered().await(context.stream());
    } catch (DriverException e) {
      throw context.failure("synchronize", e);
    } finally {
      gate.leave();
    }
  }

  /** Closes the device, once what was launched is over. A second call does nothing. */
  @Override
  public void close() {
    gate.close(() -> {
      // Each waits for what it has launched.
      programs.forEach(CudaProgram::close);
      memory.close();
      context.close();
    });
  }
}
