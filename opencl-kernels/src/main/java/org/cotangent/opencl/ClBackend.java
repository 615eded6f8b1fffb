package org.cotangent.opencl;

import java.util.List;
import org.cotangent.backend.Backend;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Gate;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Op;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.opencl.kernel.Launch;
import org.cotangent.type.TensorType;
import org.jocl.cl_mem;

/**
 * An OpenCL device.
 *
 * <p>Rules. A run is inside the {@code gate} while it lasts, so {@link #close} frees memory only
 * when no kernel touches it. A program that is closed after its device only lets go of what is gone
 * already.
 */
final class ClBackend implements Backend {
  private final ClContext context;
  private final DeviceMemory<cl_mem> memory;
  private final Kernels kernels;
  private final Gate gate;

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
    gate = new Gate(device.name());
    context = new ClContext(device, profiling, binaries);
    try {
      memory = ClMemory.of(context);
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
  public DeviceMemory<cl_mem> memory() {
    return memory;
  }

  /** {@return the opened device} */
  ClContext context() {
    return context;
  }

  /** {@return what runs go through} */
  Gate gate() {
    return gate;
  }

  /**
   * Closes the device, once the runs in flight are over. A second call does nothing.
   *
   * @throws DeviceException if called from inside a run
   */
  @Override
  public void close() {
    gate.close(() -> {
      memory.close();
      context.close();
    });
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
    gate.enter();
    try {
      // What is measured is each kernel's own time.
      List<List<Launch>> launches =
          context.profiling() ? kernels.launches(program) : List.of(kernels.joined(program));
      return new ClProgram(this, program, launches);
    } finally {
      gate.leave();
    }
  }
}
