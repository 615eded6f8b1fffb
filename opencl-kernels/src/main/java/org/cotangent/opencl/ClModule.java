package org.cotangent.opencl;

import java.util.List;
import org.cotangent.error.DeviceException;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A built OpenCL program with the functions it has, and a count of those who use it. */
final class ClModule {
  private final ClContext context;
  private final cl_program program;
  private final List<String> functions;

  /** How many {@link ClKernels} hold it; guarded by the {@link ModuleCache}. */
  int users;

  ClModule(ClContext context, cl_program program, List<String> functions) {
    this.context = context;
    this.program = program;
    this.functions = List.copyOf(functions);
  }

  /** {@return the names of its functions} */
  List<String> functions() {
    return functions;
  }

  /**
   * {@return a new kernel object, which the caller gives back}
   *
   * @throws DeviceException if the driver has no room for it
   */
  cl_kernel create(String function) {
    try {
      return context
          .handles()
          .made(Handles.Kind.KERNEL, CL.clCreateKernel(program, function, null));
    } catch (CLException e) {
      throw context.failure("kernel " + function, e);
    }
  }

  /** Releases the program. */
  void release() {
    context.release(Handles.Kind.PROGRAM, () -> CL.clReleaseProgram(program));
  }
}
